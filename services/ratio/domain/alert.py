"""When a unit enters or leaves `warning` and `breach`.

In: the last alert of each unit and window, the figures as they are now. Out: the alerts that are
due. The last alert is all that is remembered, so whoever has the log goes on where it ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid5

from shared.contracts import ID_NAMESPACE, Alert, AlertStatus, Ratio, Window, WindowName

# A status is left only one point under where it is entered: a unit that stands at the limit would
# else raise an alert with every other post.
HYSTERESIS = Fraction(1, 100)
POSTS_MAX = 10

_LEVELS: Sequence[AlertStatus] = ("ok", "warning", "breach")
# Whose alert: the unit, and the name of the window.
Key = tuple[str, WindowName]


@dataclass(frozen=True, slots=True)
class Change:
    """A unit stands otherwise than its last alert in this window says."""

    previous: Alert | None
    status: AlertStatus
    ratio: Ratio


def step(current: AlertStatus, ratio: Ratio) -> AlertStatus:
    """Where the unit stands now, if it stood at `current` before.

    At a bound it is entered, one point under it left. With fewer than `min_total` posts nothing
    gets worse; without a negative one nothing holds.
    """
    counts, policy = ratio.counts, ratio.policy
    if counts.tieu_cuc == 0:
        return "ok"
    share = Fraction(counts.tieu_cuc, counts.total)
    before, level = _LEVELS.index(current), 0
    for number, bound in enumerate((policy.warn_at, policy.limit), start=1):
        # Exact: in binary 0.1 - 0.01 is more than 0.09.
        kept_from = Fraction(str(bound)) - (HYSTERESIS if before >= number else 0)
        if share >= kept_from:
            level = number
    return _LEVELS[level if counts.total >= policy.min_total else min(level, before)]


def carried_over(last: Alert | None, window: Window) -> Alert | None:
    """The last alert, if it still speaks of this window: a calendar window starts anew, while a
    rolling one is the same from day to day."""
    if last is None or _is_rolling(window) or last.ratio.window == window:
        return last
    return None


def changes(last: Mapping[Key, Alert], ratios: Iterable[Ratio]) -> list[Change]:
    """What is due; `ratios` of standing windows, each with a name."""
    found: list[Change] = []
    for ratio in ratios:
        assert ratio.window.name is not None
        previous = carried_over(last.get((ratio.unit_id, ratio.window.name)), ratio.window)
        current: AlertStatus = previous.status if previous else "ok"
        if (status := step(current, ratio)) != current:
            found.append(Change(previous, status, ratio))
    return found


def alert_of(change: Change, posts: Sequence[UUID], now: datetime) -> Alert:
    """The alert of a change. Its id says what it follows and where the unit stands, so the same
    change is the same alert, however often it is found."""
    previous, ratio = change.previous, change.ratio
    return Alert(
        alert_id=_alert_id(change),
        previous_alert_id=previous.alert_id if previous else None,
        unit_id=ratio.unit_id,
        previous_status=previous.status if previous else "ok",
        status=change.status,
        ratio=ratio,
        posts=tuple(posts[:POSTS_MAX]),
        # After the one before it, should this clock be behind: the last alert is what holds.
        raised_at=max(now, previous.raised_at + timedelta(microseconds=1)) if previous else now,
    )


def _alert_id(change: Change) -> UUID:
    window, previous = change.ratio.window, change.previous
    parts = (
        "alert",
        change.ratio.unit_id,
        window.name,
        "" if _is_rolling(window) else window.first_day,
        previous.alert_id if previous else "",
        change.status,
    )
    return uuid5(ID_NAMESPACE, "\n".join(str(part) for part in parts))


def _is_rolling(window: Window) -> bool:
    return window.name is not None and window.name.startswith("rolling")
