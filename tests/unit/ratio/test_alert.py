"""When an alert is raised: never twice for the same, never for a share that trembles at a bound."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.alert import Key, alert_of, changes, step
from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import Asked, Sums, measure
from services.ratio.domain.window import STANDING, standing, window_at
from shared.contracts import (
    ID_NAMESPACE,
    Alert,
    AlertStatus,
    AppliedPolicy,
    Counts,
    Ratio,
    Window,
    WindowName,
)
from tests.builders import HOUR, NOON

DAY = date(2026, 11, 20)
MONTH = window_at("month", DAY)
STATUSES = st.sampled_from(["ok", "warning", "breach"])
POLICIES = st.sampled_from(
    [DEFAULT, AppliedPolicy(0.1, 0.05, 0, "thử"), AppliedPolicy(0.9, 0.9, 1, "")]
)
# Negative and other posts.
FIGURES = st.tuples(st.integers(0, 30), st.integers(0, 120))


def a_ratio(
    negative: int,
    others: int,
    window: Window = MONTH,
    policy: AppliedPolicy = DEFAULT,
    unit_id: str = "so-yte",
) -> Ratio:
    """The figures of a unit with so many posts."""
    counts = Counts(others, 0, negative, negative + others)
    return measure(Asked(unit_id, "Sở Y tế", policy, NOON), window, Sums(counts, 0, 0))


def key_of(ratio: Ratio) -> Key:
    """Whose alert the figures give reason for."""
    assert ratio.window.name is not None
    return ratio.unit_id, ratio.window.name


def raised(history: Sequence[Ratio], first_at: datetime = NOON) -> list[Alert]:
    """All alerts, if the figures are looked at one after the other."""
    last: dict[Key, Alert] = {}
    found: list[Alert] = []
    for number, ratio in enumerate(history):
        for change in changes(last, [ratio]):
            alert = alert_of(change, [], first_at + number * HOUR)
            last[key_of(ratio)] = alert
            found.append(alert)
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[Ratio]:
    """Figures of two units in two windows as days go by."""
    day, found = DAY, list[Ratio]()
    for negative, others in draw(st.lists(FIGURES, max_size=25)):
        day += timedelta(days=draw(st.integers(0, 12)))
        name: WindowName = draw(st.sampled_from(["month", "rolling-30d"]))
        unit_id = draw(st.sampled_from(["so-yte", "so-tttt"]))
        found.append(a_ratio(negative, others, window_at(name, day), unit_id=unit_id))
    return found


@pytest.mark.parametrize(
    ("current", "negative", "others", "expected"),
    [
        ("ok", 11, 89, "ok"),
        ("ok", 12, 88, "warning"),
        ("ok", 14, 86, "warning"),
        ("ok", 15, 85, "breach"),
        ("warning", 15, 85, "breach"),
        ("breach", 14, 86, "breach"),
        ("breach", 13, 87, "warning"),
        ("breach", 11, 89, "warning"),
        ("breach", 10, 90, "ok"),
        ("warning", 11, 89, "warning"),
        ("warning", 10, 90, "ok"),
        ("warning", 14, 86, "warning"),
    ],
)
def test_a_status_is_entered_at_its_bound_and_left_one_point_under_it(
    current: AlertStatus, negative: int, others: int, expected: AlertStatus
) -> None:
    assert step(current, a_ratio(negative, others)) == expected


@pytest.mark.parametrize(
    ("current", "negative", "others", "expected"),
    [
        ("ok", 19, 0, "ok"),
        ("warning", 19, 0, "warning"),
        ("breach", 19, 0, "breach"),
        ("breach", 2, 13, "warning"),
        ("breach", 1, 18, "ok"),
        ("warning", 1, 18, "ok"),
        ("breach", 0, 0, "ok"),
        ("warning", 0, 0, "ok"),
    ],
)
def test_with_too_few_posts_a_status_is_left_and_never_entered(
    current: AlertStatus, negative: int, others: int, expected: AlertStatus
) -> None:
    assert step(current, a_ratio(negative, others)) == expected


def test_one_point_under_is_exact() -> None:
    policy = AppliedPolicy(0.1, 0.05, 20, "thử")
    assert 0.1 - 0.01 > 0.09  # which is why shares are not compared in binary
    assert step("breach", a_ratio(9, 91, policy=policy)) == "breach"
    assert step("breach", a_ratio(8, 92, policy=policy)) == "warning"


def test_without_a_negative_post_no_limit_is_so_low_that_an_alert_stays() -> None:
    policy = AppliedPolicy(0.005, 0.004, 20, "thử")
    assert step("breach", a_ratio(1, 999, policy=policy)) == "breach"
    assert step("breach", a_ratio(0, 1_000, policy=policy)) == "ok"


@given(FIGURES, POLICIES)
def test_a_unit_without_an_alert_enters_what_its_ratio_says(
    figures: tuple[int, int], policy: AppliedPolicy
) -> None:
    ratio = a_ratio(*figures, policy=policy)
    expected = "ok" if ratio.status == "insufficient" else ratio.status
    assert step("ok", ratio) == expected


@given(STATUSES, FIGURES, POLICIES)
def test_the_same_figures_move_nothing_a_second_time(
    current: AlertStatus, figures: tuple[int, int], policy: AppliedPolicy
) -> None:
    ratio = a_ratio(*figures, policy=policy)
    once = step(current, ratio)
    assert step(once, ratio) == once


@given(FIGURES, POLICIES)
def test_who_stood_worse_stands_no_better(figures: tuple[int, int], policy: AppliedPolicy) -> None:
    levels = ["ok", "warning", "breach"]
    after = [levels.index(step(one, a_ratio(*figures, policy=policy))) for one in levels]
    assert after == sorted(after)


@given(st.lists(st.integers(14_000, 15_999), max_size=50))
def test_a_share_that_trembles_around_the_limit_raises_one_alert(shares: list[int]) -> None:
    history = [a_ratio(14_999, 85_001), *(a_ratio(one, 100_000 - one) for one in shares)]
    statuses = [one.status for one in raised(history)]
    assert statuses == ["warning", *(["breach"] if max(shares, default=0) >= 15_000 else [])]


@given(histories())
def test_no_two_alerts_in_a_row_have_the_same_status(history: list[Ratio]) -> None:
    alerts = raised(history)
    by_id = {one.alert_id: one for one in alerts}
    assert len(by_id) == len(alerts)
    for one in alerts:
        assert one.status != one.previous_status
        before = by_id[one.previous_alert_id] if one.previous_alert_id else None
        assert one.previous_status == (before.status if before else "ok")
        assert before is None or before.raised_at < one.raised_at


@given(histories(), st.data())
def test_alerts_and_their_ids_do_not_depend_on_when_and_how_often_one_looks(
    history: list[Ratio], data: st.DataObject
) -> None:
    repeated = [
        ratio for ratio in history for _ in range(data.draw(st.integers(1, 3), label="looks"))
    ]
    again = raised(repeated, NOON + 1_000 * HOUR)
    assert [one.alert_id for one in again] == [one.alert_id for one in raised(history)]


@given(histories(), st.integers(0, 25))
def test_whoever_knows_the_last_alerts_goes_on_as_if_never_stopped(
    history: list[Ratio], stop: int
) -> None:
    whole, part = raised(history), raised(history[:stop])
    last = {key_of(one.ratio): one for one in part}
    for number, ratio in enumerate(history[stop:], start=stop):
        for change in changes(last, [ratio]):
            last[key_of(ratio)] = alert_of(change, [], NOON + number * HOUR)
            part.append(last[key_of(ratio)])
    assert part == whole


@pytest.mark.parametrize("name", STANDING)
def test_a_calendar_window_starts_anew_and_a_rolling_one_goes_on(name: WindowName) -> None:
    # A year later: another window under every name.
    before, after = window_at(name, DAY), window_at(name, DAY.replace(year=2027))
    entered, *left = raised([a_ratio(20, 80, before), a_ratio(0, 100, after)])
    assert entered.status == "breach"
    if not name.startswith("rolling"):
        assert left == []
        again = raised([a_ratio(20, 80, before), a_ratio(20, 80, after)])
        assert [one.status for one in again] == ["breach", "breach"]
        assert [one.previous_alert_id for one in again] == [None, None]
    else:
        (last,) = left
        assert (last.status, last.previous_alert_id) == ("ok", entered.alert_id)


def test_units_windows_and_days_have_alerts_of_their_own() -> None:
    windows = [*standing(DAY), window_at("month", date(2026, 12, 1))]
    ratios = [a_ratio(20, 80, one, unit_id=unit) for one in windows for unit in ("so-a", "so-b")]
    alerts = [alert_of(one, [], NOON) for ratio in ratios for one in changes({}, [ratio])]
    assert len({one.alert_id for one in alerts}) == len(ratios)


def test_an_alert_of_a_rolling_window_is_the_same_one_when_it_is_found_a_day_later() -> None:
    days = [window_at("rolling-30d", DAY + timedelta(days=number)) for number in range(2)]
    first, second = (raised([a_ratio(20, 80, window)])[0] for window in days)
    assert first.alert_id == second.alert_id


def test_an_alert_comes_after_the_one_before_it_though_the_clock_is_behind() -> None:
    (first,) = raised([a_ratio(20, 80)])
    (change,) = changes({key_of(first.ratio): first}, [a_ratio(0, 100)])
    assert alert_of(change, [], first.raised_at - HOUR).raised_at > first.raised_at


def test_an_alert_holds_ten_posts_at_most_in_the_order_of_their_weight() -> None:
    (change,) = changes({}, [a_ratio(20, 80)])
    posts = [uuid5(ID_NAMESPACE, str(number)) for number in range(12)]
    assert alert_of(change, posts, NOON).posts == tuple(posts[:10])
