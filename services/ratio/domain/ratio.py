"""The figures of a unit in a window.

In: counts and a policy. Out: share, interval, status, and how many posts are left to the limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil, floor, sqrt

from shared.contracts import AppliedPolicy, Counts, Label, Ratio, RatioStatus, Window

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


@dataclass(frozen=True, slots=True)
class DayCount:
    """Posts of one unit on one day under one label; None for those not judged yet."""

    local_day: date
    label: Label | None
    posts: int
    needs_review: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What a window's day counts add up to."""

    counts: Counts
    pending: int
    needs_review: int


def add_up(days: Iterable[DayCount], window: Window) -> Sums:
    """The sums of the days that fall into the window."""
    posts: dict[Label | None, int] = {}
    needs_review = 0
    for day in days:
        if window.first_day <= day.local_day <= window.last_day:
            posts[day.label] = posts.get(day.label, 0) + day.posts
            needs_review += day.needs_review
    pending = posts.pop(None, 0)
    counts = Counts(
        tich_cuc=posts.get("tich_cuc", 0),
        trung_tinh=posts.get("trung_tinh", 0),
        tieu_cuc=posts.get("tieu_cuc", 0),
        total=sum(posts.values()),
    )
    return Sums(counts, pending, needs_review)


def measure(
    unit_id: str,
    name: str,
    window: Window,
    sums: Sums,
    policy: AppliedPolicy,
    now: datetime,
) -> Ratio:
    """The unit's figures as the API answers them. Without posts, share and interval are None."""
    counts = sums.counts
    interval = wilson(counts.tieu_cuc, counts.total) if counts.total else None
    return Ratio(
        unit_id=unit_id,
        name=name,
        window=window,
        counts=counts,
        negative_share=counts.tieu_cuc / counts.total if counts.total else None,
        negative_share_ci=(round(interval[0], 4), round(interval[1], 4)) if interval else None,
        positive_dominant=positive_dominant(counts),
        status=status(counts, policy),
        posts_to_limit=posts_to_limit(counts, policy.limit),
        pending=sums.pending,
        needs_review=sums.needs_review,
        policy=policy,
        updated_at=now,
    )
