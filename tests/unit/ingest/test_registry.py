"""Who owns a channel when, and what a change of the registry must keep."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.drafts import ChannelDraft, UnitDraft
from services.ingest.domain.registry import (
    ChannelOwnedByAnotherUnit,
    DatesReversed,
    InvalidUrl,
    PreconditionFailed,
    PreconditionRequired,
    Tenure,
    check_channel,
    check_precondition,
    check_unit,
    owner_on,
)
from shared.contracts import Unit
from shared.problems import Refusal

BEFORE = Tenure("so-tttt", date(2024, 4, 16), date(2025, 2, 28))
AFTER = Tenure("so-khcn", date(2025, 3, 1), None)
STORED = Unit(
    unit_id="so-tttt",
    name="Sở",
    kind="department",
    org_code=None,
    parent_id=None,
    valid_from=date(2004, 9, 1),
    valid_to=None,
    succeeded_by=None,
    channels=(),
    version=7,
    updated_at=datetime(2026, 11, 23, tzinfo=UTC),
)


def a_unit(**changes: Any) -> UnitDraft:
    fields = {"name": "Sở", "kind": "department", "valid_from": "2004-09-01"}
    return UnitDraft.model_validate(fields | changes)


def former(*lasts: str) -> list[dict[str, str]]:
    """Parents until these days."""
    return [{"parent_id": "tinh", "valid_to": last} for last in lasts]


def pointers(refusal: Refusal) -> list[str | None]:
    return [fault.pointer for fault in refusal.faults]


def a_channel(**changes: Any) -> ChannelDraft:
    fields = {"platform": "facebook", "url": "https://a.vn", "valid_from": "2024-04-16"}
    return ChannelDraft.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("day", "owner"),
    [
        (date(2024, 4, 15), None),
        (date(2024, 4, 16), "so-tttt"),
        (date(2025, 2, 28), "so-tttt"),
        (date(2025, 3, 1), "so-khcn"),
    ],
)
def test_a_channel_moves_between_units_at_midnight(day: date, owner: str | None) -> None:
    assert owner_on([BEFORE, AFTER], day) == owner


def test_a_channel_may_begin_the_day_after_it_ended_elsewhere() -> None:
    check_channel("kenh", a_channel(valid_from="2025-03-01"), [BEFORE], None)


@pytest.mark.parametrize(
    ("valid_from", "valid_to"), [("2025-02-28", None), ("2020-01-01", None), ("2025-01-01",) * 2]
)
def test_one_common_day_is_a_conflict(valid_from: str, valid_to: str | None) -> None:
    with pytest.raises(ChannelOwnedByAnotherUnit, match="so-tttt từ 2024-04-16 đến hết 2025-02-28"):
        check_channel("kenh", a_channel(valid_from=valid_from, valid_to=valid_to), [BEFORE], None)


def test_an_open_channel_is_taken_for_ever() -> None:
    with pytest.raises(ChannelOwnedByAnotherUnit):
        check_channel("kenh", a_channel(valid_from="2030-01-01"), [AFTER], None)


def test_dates_stand_in_order() -> None:
    with pytest.raises(DatesReversed):
        check_unit(a_unit(valid_to="2004-08-31"))
    with pytest.raises(DatesReversed):
        check_channel("kenh", a_channel(valid_to="2024-04-15"), [], None)


def test_a_channel_has_a_web_address() -> None:
    with pytest.raises(InvalidUrl):
        check_channel("kenh", a_channel(url="facebook.com/sotttt"), [], None)


@pytest.mark.parametrize(
    ("lasts", "valid_to", "wrong"),
    [
        (["2004-08-31"], None, 0),
        (["2025-06-30", "2025-06-30"], None, 1),
        (["2010-12-31", "2025-06-30", "2015-01-01"], None, 2),
        (["2010-12-31", "2025-06-30"], "2025-06-30", 1),
    ],
)
def test_each_parent_has_a_day_in_the_life_of_the_unit(
    lasts: list[str], valid_to: str | None, wrong: int
) -> None:
    with pytest.raises(DatesReversed) as refusal:
        check_unit(a_unit(valid_to=valid_to, former_parents=former(*lasts)))
    assert pointers(refusal.value) == [f"/former_parents/{wrong}/valid_to"]


def test_a_parent_may_have_no_more_than_one_day() -> None:
    turns = former("2004-09-01", "2004-09-02")
    check_unit(a_unit(valid_to="2004-09-03", former_parents=turns))


@pytest.mark.parametrize("header", ['"7"', '"6", "7"', "*"])
def test_a_change_names_the_version_that_it_changes(header: str) -> None:
    check_precondition(STORED, header, None)


def test_without_a_version_nothing_is_overwritten() -> None:
    check_precondition(None, None, None)
    with pytest.raises(PreconditionRequired):
        check_precondition(STORED, None, None)


@pytest.mark.parametrize("header", ['"6"', 'W/"7"', "7"])
def test_another_version_is_not_overwritten(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        check_precondition(STORED, header, None)


def test_if_none_match_creates_only() -> None:
    check_precondition(None, None, "*")
    with pytest.raises(PreconditionFailed):
        check_precondition(STORED, None, "*")


def test_if_match_never_creates() -> None:
    with pytest.raises(PreconditionFailed):
        check_precondition(None, "*", None)


def test_a_channel_of_a_unit_that_the_client_does_not_see_is_not_its_to_take() -> None:
    earlier = a_channel(valid_from="2020-01-01", valid_to="2020-12-31")
    check_channel("kenh", earlier, [AFTER], None)
    with pytest.raises(ChannelOwnedByAnotherUnit):
        check_channel("kenh", earlier, [AFTER], {"xa-khac"})
