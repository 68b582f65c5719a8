"""The rules once more, as plainly as they can be said: no fold, no versions, no spans, no sums.

In: all that the log has said, all units. Out: what each post counts as; whether a day lies in a
window; whom a post counts for. Slow, and independent of the code that it judges.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.ratio.domain.facts import Known
from services.ratio.domain.ledger import Bucket
from shared.contracts import (
    Counts,
    Post,
    Restoration,
    Review,
    ReviewWithdrawal,
    Unit,
    Verdict,
    WindowName,
    Withdrawal,
)
from tests.simulation.figures import Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """What one post counts as, if anything, and where its newest revision waits, if it does."""

    counted: Bucket | None
    needs_review: bool
    pending: Bucket | None


def standings(said: Iterable[Post | Known]) -> list[Standing]:
    """What each post counts as."""
    of_post: dict[UUID, list[Post | Known]] = {}
    for one in said:
        post_id = one.post_id if isinstance(one, Post) else one.record.post_id
        of_post.setdefault(post_id, []).append(one)
    return [_standing(news) for news in of_post.values()]


def _standing(news: Sequence[Post | Known]) -> Standing:
    posts = [one for one in news if isinstance(one, Post)]
    records = [one.record for one in news if isinstance(one, Known)]
    if _withdrawn([one for one in records if isinstance(one, Withdrawal | Restoration)]):
        return Standing(None, False, None)
    taken_back = {one.review_id for one in records if isinstance(one, ReviewWithdrawal)}
    reviews = [
        one for one in records if isinstance(one, Review) and one.review_id not in taken_back
    ]
    verdicts = [one for one in records if isinstance(one, Verdict)]
    judged = max(((one.received_at, one.revision) for one in [*reviews, *verdicts]), default=None)
    accepted = max(posts, key=lambda one: (one.received_at, one.revision), default=None)
    waits = accepted is not None and (
        judged is None or (accepted.received_at, accepted.revision) > judged
    )
    pending = _bucket(accepted) if accepted is not None and waits else None
    if judged is None:
        return Standing(None, False, pending)
    revision = judged[1]
    review = max(
        (one for one in reviews if one.revision == revision),
        key=lambda one: (one.decided_at, one.review_id),
        default=None,
    )
    if review is not None:
        return Standing(_bucket(review), False, pending)
    verdict = _last_verdict([one for one in verdicts if one.revision == revision])
    return Standing(_bucket(verdict), verdict.needs_review, pending)


def _withdrawn(moves: Sequence[Withdrawal | Restoration]) -> bool:
    def when(move: Withdrawal | Restoration) -> tuple[object, UUID]:
        if isinstance(move, Withdrawal):
            return move.withdrawn_at, move.withdrawal_id
        return move.restored_at, move.restoration_id

    return isinstance(max(moves, key=when, default=None), Withdrawal)


def _last_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """Said again, a verdict may carry a later date: the one that was logged first counts."""
    first: dict[tuple[UUID, object], Verdict] = {}
    for one in verdicts:
        first.setdefault((one.verdict_id, one.received_at), one)
    return max(first.values(), key=lambda one: (one.decided_at, one.verdict_id))


def _bucket(one: Post | Verdict | Review) -> Bucket:
    label, topic = (None, None) if isinstance(one, Post) else (one.label, one.topic)
    return Bucket(one.channel_id, one.local_day, one.action, one.format, label, topic)


def local_day_of(instant: datetime) -> date:
    """The day in Vietnam, which has known no summer time since 1975."""
    return (instant + timedelta(hours=7)).date()


def falls_into(day: date, name: WindowName | None, today: date) -> bool:
    """Whether the day lies in the window of that name in which today lies."""
    match name:
        case "day":
            return day == today
        case "week":
            return day.isocalendar()[:2] == today.isocalendar()[:2]
        case "month":
            return (day.year, day.month) == (today.year, today.month)
        case "report-month":
            return _report_month(day) == _report_month(today)
        case "quarter":
            return (day.year, (day.month + 2) // 3) == (today.year, (today.month + 2) // 3)
        case "year":
            return day.year == today.year
        case "rolling-7d":
            return 0 <= (today - day).days < 7
        case "rolling-30d":
            return 0 <= (today - day).days < 30
        case "rolling-90d":
            return 0 <= (today - day).days < 90
        case None:
            return True


def _report_month(day: date) -> int:
    """The 15th belongs to the month after."""
    return 12 * day.year + day.month + (day.day >= 15)


class Whom:
    """Whom a post counts for, found by going up from the unit that owns the channel."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.unit_id: unit for unit in units}
        self._known: dict[tuple[str, date], dict[Scope, list[set[str]]]] = {}

    def times(self, channel: str, day: date, unit_id: str, scope: Scope) -> int:
        """How many of the channel's owners on that day count for the unit: one, or none; two only
        while the registry's log has been read half."""
        key = channel, day
        if key not in self._known:
            self._known[key] = self._look(channel, day)
        return sum(unit_id in one for one in self._known[key][scope])

    def _look(self, channel: str, day: date) -> dict[Scope, list[set[str]]]:
        owners = [one for one in self._units.values() if _owns(one, channel, day)]
        found: dict[Scope, list[set[str]]] = {}
        for children in (False, True):
            above = [self._above(one, day) if children else {one.unit_id} for one in owners]
            found[Scope(children, False)] = above
            found[Scope(children, True)] = [
                {later for one in ids for later in self._successors(one)} for ids in above
            ]
        return found

    def _above(self, unit: Unit, day: date) -> set[str]:
        found: set[str] = set()
        above: Unit | None = unit
        while above is not None and above.unit_id not in found:
            found.add(above.unit_id)
            above = self._units.get(_parent_on(above, day) or "")
        return found

    def _successors(self, unit_id: str) -> set[str]:
        found: set[str] = set()
        one: str | None = unit_id
        while one is not None and one not in found:
            found.add(one)
            one = self._units[one].succeeded_by if one in self._units else None
        return found


def _owns(unit: Unit, channel: str, day: date) -> bool:
    return any(
        one.channel_id == channel
        and one.valid_from <= day
        and (one.valid_to is None or day <= one.valid_to)
        for one in unit.channels
    )


def _parent_on(unit: Unit, day: date) -> str | None:
    for former in unit.former_parents:
        if day <= former.valid_to:
            return former.parent_id
    return unit.parent_id


def count(
    stood: Iterable[Standing], whom: Whom, unit_id: str, scope: Scope, days: Mapping[date, bool]
) -> tuple[Counts, int]:
    """Posts by label, and how many need a review, on the days that are marked."""
    labels: list[str] = []
    unsure = 0
    for one in stood:
        bucket = one.counted
        if bucket is None or bucket.label is None or not days[bucket.local_day]:
            continue
        times = whom.times(bucket.channel_id, bucket.local_day, unit_id, scope)
        labels += [bucket.label] * times
        unsure += times * one.needs_review
    counts = Counts(
        labels.count("tich_cuc"), labels.count("trung_tinh"), labels.count("tieu_cuc"), len(labels)
    )
    return counts, unsure
