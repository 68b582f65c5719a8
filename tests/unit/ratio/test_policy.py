"""Which policy holds for a unit on a day, and which may be set."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from services.ratio.domain.policy import DEFAULT, applied
from services.ratio.domain.policy_rules import DatesReversed, check_policy
from services.ratio.domain.registry import registry_of
from shared.contracts import Policy
from shared.problems import Invalid
from tests.builders import NOON, a_unit

DAY = date(2026, 11, 20)
UNIT = a_unit(unit_id="so-yte", kind="department")
PRESS = a_unit(unit_id="bao-tinh", kind="press", channels=())
REGISTRY = registry_of([UNIT, PRESS])


def a_policy(policy_id: str = "chung", **fields: Any) -> Policy:
    """A policy for all units from 2026 on."""
    sound: dict[str, Any] = {
        "act_id": uuid4(),
        "policy_id": policy_id,
        "unit_id": None,
        "kind": None,
        "limit": 0.2,
        "warn_at": 0.1,
        "min_total": 5,
        "source": "Quyết định 1/QĐ-UBND",
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "set_by": "trung-tam",
        "set_at": NOON,
    }
    return Policy(**sound | fields)


def held(*policies: Policy, unit: Any = UNIT, day: date = DAY) -> str:
    """The name of the policy that holds, in whatever order they come."""
    (name,) = {applied(order, unit, day).policy_id for order in permutations(policies)}
    return name


FOR_ALL = a_policy("chung")
FOR_KIND = a_policy("loai", kind="department")
FOR_UNIT = a_policy("rieng", unit_id="so-yte")


def test_a_units_own_policy_goes_before_its_kinds_and_that_before_the_one_for_all() -> None:
    assert held(FOR_ALL, FOR_KIND, FOR_UNIT) == "rieng"
    assert held(FOR_ALL, FOR_KIND) == "loai"
    assert held(FOR_ALL) == "chung"
    # However much later the wider one began and was set.
    later = a_policy("moi", valid_from=DAY, set_at=NOON + timedelta(days=1))
    assert held(later, FOR_UNIT) == "rieng"


def test_a_policy_of_another_unit_or_kind_does_not_hold() -> None:
    assert held(FOR_KIND, FOR_UNIT, unit=PRESS) == DEFAULT.policy_id
    assert held(FOR_KIND, FOR_UNIT, unit=None) == DEFAULT.policy_id
    assert held(FOR_ALL, FOR_KIND, FOR_UNIT, unit=None) == "chung"


def test_a_policy_holds_from_its_first_day_to_its_last() -> None:
    policy = a_policy(valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 30))
    names = {
        day: held(policy, day=date.fromisoformat(day))
        for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01")
    }
    assert list(names.values()) == [DEFAULT.policy_id, "chung", "chung", DEFAULT.policy_id]


def test_of_several_the_one_that_began_last_holds_then_the_one_that_was_set_last() -> None:
    began_last = a_policy("sau", valid_from=date(2026, 7, 1))
    set_last = a_policy("moi-dat", set_at=NOON + timedelta(days=1))
    assert held(FOR_ALL, began_last, set_last) == "sau"
    assert held(FOR_ALL, set_last) == "moi-dat"


def test_an_answer_names_the_policy_and_its_document() -> None:
    found = applied([FOR_UNIT], UNIT, DAY)
    assert (found.policy_id, found.source) == ("rieng", "Quyết định 1/QĐ-UBND")
    assert (found.limit, found.warn_at, found.min_total) == (0.2, 0.1, 5)
    assert found.valid_from == date(2026, 1, 1)
    assert applied([], UNIT, DAY) == DEFAULT


def faults_of(policy: Policy) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as refused:
        check_policy(policy, REGISTRY)
    return [(fault.code, fault.pointer) for fault in refused.value.faults]


def test_a_sound_policy_may_be_set() -> None:
    for policy in (FOR_ALL, FOR_KIND, FOR_UNIT, a_policy(warn_at=0.2), a_policy(valid_to=DAY)):
        check_policy(policy, REGISTRY)
    check_policy(a_policy(DEFAULT.policy_id), REGISTRY)


def test_each_fault_is_named_with_its_field() -> None:
    assert faults_of(a_policy(warn_at=0.21)) == [("warning-after-limit", "/warn_at")]
    assert faults_of(a_policy(unit_id="so-yte", kind="press")) == [("unit-and-kind", "/kind")]
    assert faults_of(a_policy(unit_id="so-khac")) == [("unknown-unit", "/unit_id")]
    assert faults_of(a_policy(unit_id="so-khac", warn_at=0.3)) == [
        ("warning-after-limit", "/warn_at"),
        ("unknown-unit", "/unit_id"),
    ]


def test_the_default_policy_stays_one_for_all() -> None:
    of_unit = a_policy(DEFAULT.policy_id, unit_id="so-yte")
    of_kind = a_policy(DEFAULT.policy_id, kind="press")
    assert faults_of(of_unit) == [("default-for-all", "/unit_id")]
    assert faults_of(of_kind) == [("default-for-all", "/kind")]


def test_a_policy_may_not_end_before_it_begins() -> None:
    with pytest.raises(DatesReversed):
        check_policy(a_policy(valid_from=DAY, valid_to=DAY - timedelta(days=1)), REGISTRY)
    check_policy(a_policy(valid_from=DAY, valid_to=DAY), REGISTRY)
