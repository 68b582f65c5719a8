"""Whatever the registry went through: on each day a channel counts for one unit, once."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.registry import ALWAYS, Days, Registry, Span, registry_of
from shared.contracts import FormerParent, Unit
from tests.builders import NOON, a_channel, a_unit
from tests.simulation.province import CHANNELS, UNITS, Province, channel_id

FIRST, LAST = date(2024, 4, 1), date(2024, 5, 31)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
DAY = st.sampled_from(DAYS)
CHANNEL_IDS = [channel_id(number) for number in range(CHANNELS)]


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """A province after some moves, changes of parents and mergers, in any order of their days."""
    province = Province(NOON)
    number = st.integers(1, UNITS - 1)
    for kind in draw(st.lists(st.sampled_from(["move", "parent", "merge"]), max_size=8)):
        day, unit = draw(DAY), draw(number)
        if kind == "move":
            to = draw(st.none() | number)
            changed = province.move_channel(draw(st.integers(0, CHANNELS - 1)), to, day, NOON)
        elif kind == "parent":
            parent = draw(st.none() | st.integers(0, UNITS - 2))
            changed = province.set_parent(unit, parent, day, NOON)
        else:
            changed = province.merge(unit, draw(number), day, NOON)
        list(changed)
    return registry_of(province.units)


UNIT_IDS = st.integers(0, UNITS - 1).map(lambda number: f"don-vi-{number}")
YES_OR_NO = st.booleans()


def channel_days(spans: list[Span]) -> Iterator[tuple[str, str, date]]:
    """Every day of the spans within the days that are looked at, with channel and owner."""
    for span in spans:
        for day in DAYS:
            if span.first_day <= day <= span.last_day:
                yield span.channel_id, span.unit_id, day


@given(registries())
def test_the_owner_of_a_day_is_the_unit_whose_span_holds_it(registry: Registry) -> None:
    held = {(channel, day): owner for channel, owner, day in channel_days(own_spans(registry))}
    for channel in CHANNEL_IDS:
        for day in DAYS:
            assert registry.owner_on(channel, day) == held.get((channel, day))


def own_spans(registry: Registry) -> list[Span]:
    """Every unit's own."""
    return registry.all_spans(ALWAYS)


@given(registries())
def test_no_two_units_own_a_channel_on_one_day(registry: Registry) -> None:
    times = Counter((channel, day) for channel, _, day in channel_days(own_spans(registry)))
    assert set(times.values()) <= {1}


@given(registries(), UNIT_IDS, YES_OR_NO, YES_OR_NO)
def test_no_day_of_a_channel_counts_twice_for_anybody(
    registry: Registry, unit_id: str, children: bool, predecessors: bool
) -> None:
    spans = registry.spans(unit_id, ALWAYS, children=children, predecessors=predecessors)
    assert set(Counter(channel_days(spans)).values()) <= {1}


@given(registries(), UNIT_IDS, YES_OR_NO, YES_OR_NO, DAY, DAY)
def test_what_counts_in_some_days_is_what_always_counts_cut_to_them(
    registry: Registry,
    unit_id: str,
    children: bool,
    predecessors: bool,
    one: date,
    other: date,
) -> None:
    days: Days = min(one, other), max(one, other)
    cut = registry.spans(unit_id, days, children=children, predecessors=predecessors)
    whole = registry.spans(unit_id, ALWAYS, children=children, predecessors=predecessors)
    expected = {held for held in channel_days(whole) if days[0] <= held[2] <= days[1]}
    assert set(channel_days(cut)) == expected


@given(registries(), UNIT_IDS)
def test_a_branch_counts_what_its_members_of_the_day_own(registry: Registry, unit_id: str) -> None:
    found = set(channel_days(registry.spans(unit_id, ALWAYS, children=True)))
    for day in DAYS:
        branch = registry.branch_on(unit_id, day)
        owners = {(channel, registry.owner_on(channel, day)) for channel in CHANNEL_IDS}
        expected = {(channel, owner) for channel, owner in owners if owner in branch}
        assert {(channel, owner) for channel, owner, at in found if at == day} == expected


@given(registries(), UNIT_IDS)
def test_a_successor_counts_what_led_to_it(registry: Registry, unit_id: str) -> None:
    found = {owner for _, owner, _ in channel_days(every_line(registry, unit_id))}
    for owner in found:
        after: str | None = owner
        while after is not None and after != unit_id:
            after = registry.units[after].succeeded_by
        assert after == unit_id
    before = {one.unit_id for one in registry.units.values() if one.succeeded_by == unit_id}
    owners = {owner for _, owner, _ in channel_days(own_spans(registry))}
    assert before & owners <= found


def every_line(registry: Registry, unit_id: str) -> list[Span]:
    """The unit's spans with those of all that it succeeded."""
    return registry.spans(unit_id, ALWAYS, predecessors=True)


MOVED = date(2024, 5, 2)
EVE = MOVED - timedelta(days=1)


def commune(unit_id: str, **fields: object) -> Unit:
    """A unit without channels."""
    return a_unit(**{"unit_id": unit_id, "kind": "commune", "channels": ()} | fields)


def counted(registry: Registry, unit_id: str, day: date, *, children: bool = False) -> set[str]:
    """The channels that count for the unit on a day."""
    spans = registry.spans(unit_id, (day, day), children=children)
    return {span.channel_id for span in spans}


def test_a_back_dated_move_takes_the_days_since_then_along() -> None:
    channel = a_channel(channel_id="trang-xa")
    before = registry_of([commune("xa-a", channels=(channel,)), commune("xa-b")])
    assert counted(before, "xa-a", MOVED) == {"trang-xa"}
    after = registry_of(
        [
            commune("xa-a", channels=(a_channel(channel_id="trang-xa", valid_to=EVE),)),
            commune("xa-b", channels=(a_channel(channel_id="trang-xa", valid_from=MOVED),)),
        ]
    )
    assert [counted(after, "xa-a", day) for day in (EVE, MOVED)] == [{"trang-xa"}, set()]
    assert [counted(after, "xa-b", day) for day in (EVE, MOVED)] == [set(), {"trang-xa"}]


def test_a_branch_has_a_channel_only_while_the_owner_stands_in_it() -> None:
    """The channel changes hands on one day, its new owner the parent on another."""
    later = MOVED + timedelta(days=5)
    former = (FormerParent(parent_id="huyen-b", valid_to=later - timedelta(days=1)),)
    registry = registry_of(
        [
            commune("tinh"),
            commune("huyen-a", parent_id="tinh"),
            commune("huyen-b", parent_id="tinh"),
            commune(
                "xa-a",
                parent_id="huyen-a",
                channels=(a_channel(channel_id="trang-xa", valid_to=EVE),),
            ),
            commune(
                "xa-b",
                parent_id="huyen-a",
                former_parents=former,
                channels=(a_channel(channel_id="trang-xa", valid_from=MOVED),),
            ),
        ]
    )
    days = (EVE, MOVED, later - timedelta(days=1), later)
    own = {"trang-xa"}
    assert [counted(registry, "huyen-a", day, children=True) for day in days] == [
        own,
        set(),
        set(),
        own,
    ]
    assert [counted(registry, "huyen-b", day, children=True) for day in days] == [
        set(),
        own,
        own,
        set(),
    ]
    assert all(counted(registry, "tinh", day, children=True) == own for day in days)


def test_a_child_merged_into_its_sibling_counts_once_for_the_branch() -> None:
    first = commune(
        "xa-a",
        parent_id="tinh",
        succeeded_by="xa-b",
        valid_to=EVE,
        channels=(a_channel(channel_id="trang-a", valid_to=EVE),),
    )
    second = commune("xa-b", parent_id="tinh", channels=(a_channel(channel_id="trang-b"),))
    registry = registry_of([commune("tinh"), first, second])
    spans = registry.spans("tinh", (EVE, MOVED), children=True, predecessors=True)
    assert sorted((one.channel_id, one.first_day, one.last_day) for one in spans) == [
        ("trang-a", EVE, EVE),
        ("trang-b", EVE, MOVED),
    ]
    line = registry.spans("xa-b", (EVE, MOVED), predecessors=True)
    assert sorted(line, key=str) == sorted(spans, key=str)


def test_a_circle_of_three_parents_ends_and_counts_each_once() -> None:
    circle = [
        commune(f"xa-{number}", parent_id=f"xa-{(number + 1) % 3}", channels=(channel,))
        for number, channel in enumerate(
            a_channel(channel_id=channel_id(number)) for number in range(3)
        )
    ]
    spans = registry_of(circle).spans("xa-0", (MOVED, MOVED), children=True, predecessors=True)
    assert sorted(one.channel_id for one in spans) == [channel_id(number) for number in range(3)]
