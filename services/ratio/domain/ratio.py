"""The figures of a unit in a window.

In: counts and a policy. Out: share, interval, status, and how many posts are left to the limit.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil, floor, sqrt

from services.ratio.domain.sureness import over_limit_probability, status_is_sure
from shared.contracts import (
    AppliedPolicy,
    Counts,
    Label,
    Ratio,
    RatioStatus,
    SilentChannel,
    Window,
)

# The standard normal quantile of 97.5 %.
_Z = 1.959963984540054


def wilson(negative: int, total: int) -> tuple[float, float]:
    """95 % interval of negative / total, both ends in 0..1.

    Raises ValueError if total < 1. Source: E. B. Wilson, JASA 22 (1927), 209-212.
    """
    if total < 1:
        raise ValueError("an interval needs at least one post")
    share = negative / total
    scale = 1 + _Z**2 / total
    centre = (share + _Z**2 / (2 * total)) / scale
    half = _Z / scale * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def status(counts: Counts, policy: AppliedPolicy) -> RatioStatus:
    """`insufficient` under `min_total` posts, else by the share: at the limit is a breach."""
    if counts.total == 0 or counts.total < policy.min_total:
        return "insufficient"
    share = counts.tieu_cuc / counts.total
    if share >= policy.limit:
        return "breach"
    return "warning" if share >= policy.warn_at else "ok"


def posts_to_limit(counts: Counts, limit: float) -> int:
    """How many more negative posts keep the share below `limit` (over 0, under 1); when it is at
    or over it, minus the number of other posts that bring it below."""
    exact = Fraction(str(limit))
    negative, total = counts.tieu_cuc, counts.total
    if total and Fraction(negative, total) >= exact:
        return -(floor(negative / exact - total) + 1)
    # The share stays below the limit while k < room.
    room = (exact * total - negative) / (1 - exact)
    return max(0, ceil(room) - 1)


def positive_dominant(counts: Counts) -> bool:
    """Positive is the largest of the three counts; a tie is not."""
    return counts.tich_cuc > max(counts.trung_tinh, counts.tieu_cuc)


Group = str | None
# Group, label, posts, and how many of them need a review.
CountRow = tuple[Group, Label | None, int, int]


@dataclass(frozen=True, slots=True)
class DayCount:
    """Posts on one day under one label; None for those not judged yet."""

    local_day: date
    label: Label | None
    posts: int
    needs_review: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What day counts add up to."""

    counts: Counts
    pending: int
    needs_review: int


NO_POSTS = Sums(Counts(0, 0, 0, 0), 0, 0)


def sums_of(rows: Iterable[CountRow]) -> dict[Group, Sums]:
    """The sums of each group."""
    posts: dict[Group, dict[Label | None, int]] = {}
    needs_review: dict[Group, int] = {}
    for group, label, count, unsure in rows:
        of_group = posts.setdefault(group, {})
        of_group[label] = of_group.get(label, 0) + count
        needs_review[group] = needs_review.get(group, 0) + unsure
    return {
        group: _sums(of_group, needs_review[group])
        for group, of_group in posts.items()
        if any(of_group.values())
    }


def _sums(posts: dict[Label | None, int], needs_review: int) -> Sums:
    positive, neutral, negative = (
        posts.get("tich_cuc", 0),
        posts.get("trung_tinh", 0),
        posts.get("tieu_cuc", 0),
    )
    counts = Counts(positive, neutral, negative, positive + neutral + negative)
    return Sums(counts, posts.get(None, 0), needs_review)


def add_up(days: Iterable[DayCount], window: Window) -> Sums:
    """The sums of the days that fall into the window."""
    within: Iterable[CountRow] = (
        (None, day.label, day.posts, day.needs_review)
        for day in days
        if window.first_day <= day.local_day <= window.last_day
    )
    return sums_of(within).get(None, NO_POSTS)


def add_up_each(days: Iterable[DayCount], windows: Sequence[Window]) -> list[Sums]:
    """The sums of each of these windows, which lie side by side."""
    firsts = [window.first_day for window in windows]
    rows: Iterable[CountRow] = (
        (str(bisect_right(firsts, day.local_day)), day.label, day.posts, day.needs_review)
        for day in days
    )
    found = sums_of(rows)
    return [found.get(str(number), NO_POSTS) for number in range(1, len(windows) + 1)]


def together(groups: Iterable[Sums]) -> Sums:
    """The sums of several groups as one."""
    found = list(groups)
    counts = [one.counts for one in found]
    return Sums(
        Counts(
            sum(one.tich_cuc for one in counts),
            sum(one.trung_tinh for one in counts),
            sum(one.tieu_cuc for one in counts),
            sum(one.total for one in counts),
        ),
        sum(one.pending for one in found),
        sum(one.needs_review for one in found),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures are asked for, by which policy, at which moment."""

    unit_id: str
    name: str
    policy: AppliedPolicy
    now: datetime


def measure(
    asked: Asked, window: Window, sums: Sums, silent: Sequence[SilentChannel] = ()
) -> Ratio:
    """The unit's figures as the API answers them. Without posts, share and interval are None."""
    counts, policy = sums.counts, asked.policy
    interval = wilson(counts.tieu_cuc, counts.total) if counts.total else None
    probability = over_limit_probability(counts.tieu_cuc, counts.total, policy.limit)
    current = status(counts, policy)
    return Ratio(
        unit_id=asked.unit_id,
        name=asked.name,
        window=window,
        counts=counts,
        negative_share=counts.tieu_cuc / counts.total if counts.total else None,
        negative_share_ci=(round(interval[0], 4), round(interval[1], 4)) if interval else None,
        positive_dominant=positive_dominant(counts),
        status=current,
        posts_to_limit=posts_to_limit(counts, policy.limit),
        pending=sums.pending,
        needs_review=sums.needs_review,
        policy=policy,
        updated_at=asked.now,
        over_limit_probability=round(probability, 4) if counts.total else None,
        status_is_sure=status_is_sure(current, probability),
        silent_channels=tuple(silent),
    )
