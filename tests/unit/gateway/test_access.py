"""Who may do what, and which units a client sees."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access import (
    SCOPES,
    Client,
    InsufficientScope,
    Scope,
    must_hold,
    visible_units,
)

PARENTS = {
    "tinh": None,
    "so-yte": "tinh",
    "benh-vien": "so-yte",
    "khoa-nhi": "benh-vien",
    "so-tttt": "tinh",
    "bao": None,
}


def a_client(*unit_ids: str, scopes: tuple[str, ...] = ()) -> Client:
    """A client of these units; without any it sees all."""
    return Client(uuid4(), "test", frozenset(scopes), frozenset(unit_ids) or None)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_lets_pass_only_where_it_is_asked_for(scope: Scope) -> None:
    must_hold(a_client(scopes=(scope,)), scope)
    others = tuple(other for other in SCOPES if other != scope)
    with pytest.raises(InsufficientScope, match=scope) as refused:
        must_hold(a_client(scopes=others), scope)
    assert f'scope="{scope}"' in refused.value.headers["WWW-Authenticate"]


def test_a_client_sees_its_unit_and_all_under_it_but_none_beside_or_above() -> None:
    assert visible_units(a_client("so-yte"), PARENTS) == {"so-yte", "benh-vien", "khoa-nhi"}
    assert visible_units(a_client("benh-vien", "bao"), PARENTS) == {"benh-vien", "khoa-nhi", "bao"}
    assert visible_units(a_client("khoa-nhi"), PARENTS) == {"khoa-nhi"}


def test_a_client_that_is_bound_to_no_unit_sees_all() -> None:
    assert visible_units(a_client(), PARENTS) is None


def test_a_unit_that_is_not_registered_yet_is_seen_once_it_is() -> None:
    client = a_client("so-moi")
    assert visible_units(client, PARENTS) == {"so-moi"}
    assert visible_units(client, PARENTS | {"con": "so-moi"}) == {"so-moi", "con"}


def test_a_unit_is_seen_however_deep_it_is_under_the_client() -> None:
    levels = [f"cap-{level}" for level in range(12)]
    tree = dict(zip(levels, [None, *levels], strict=False))
    assert visible_units(a_client("cap-1"), tree) == set(levels[1:])


def test_units_that_are_above_one_another_end_the_search() -> None:
    cycle = {"mot": "hai", "hai": "ba", "ba": "hai"}
    assert visible_units(a_client("so-yte"), cycle) == {"so-yte"}
    assert visible_units(a_client("hai"), cycle) == {"mot", "hai", "ba"}


IDS = st.integers(0, 7).map(str)


@given(st.dictionaries(IDS, st.none() | IDS), st.sets(IDS, min_size=1))
def test_a_unit_is_seen_exactly_when_it_is_a_root_or_its_parent_is_seen(
    parents: dict[str, str | None], roots: set[str]
) -> None:
    visible = visible_units(a_client(*roots), parents)
    assert visible is not None
    # The least set that is closed under "its parent is seen".
    expected = set(roots)
    while found := {one for one, above in parents.items() if above in expected} - expected:
        expected |= found
    assert visible == expected
