"""Figures for tests of the gateway's domain, each with sound values.

In: the fields that matter. Out: ratios and snapshots as ratio would send them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import NO_POSTS, Asked, measure
from services.ratio.domain.window import standing
from shared.contracts import Counts, Ratio, Snapshot, Window
from tests.builders import NOON

DAY = date(2026, 11, 20)
MONTH = Window("month", date(2026, 11, 1), date(2026, 11, 30))


def a_ratio(unit_id: str = "so-yte", negative: int = 0, total: int = 0, **fields: Any) -> Ratio:
    """The unit's ratio of November, all posts that are not negative being positive."""
    sound: dict[str, Any] = {
        "unit_id": unit_id,
        "name": unit_id,
        "window": MONTH,
        "counts": Counts(total - negative, 0, negative, total),
        "negative_share": negative / total if total else None,
        "negative_share_ci": None,
        "positive_dominant": False,
        "status": "insufficient",
        "posts_to_limit": 0,
        "pending": 0,
        "needs_review": 0,
        "policy": DEFAULT,
        "updated_at": NOON,
    }
    return Ratio(**sound | fields)


def a_snapshot(
    unit_id: str = "so-yte", ratios: Sequence[Ratio] | None = None, **fields: Any
) -> Snapshot:
    """A department's snapshot of 20 November 2026, every standing window empty."""
    sound: dict[str, Any] = {
        "unit_id": unit_id,
        "kind": "department",
        "parent_id": None,
        "version": 1,
        "ratios": tuple(ratios if ratios is not None else of_day(unit_id, DAY)),
    }
    return Snapshot(**sound | fields)


def of_day(unit_id: str, day: date) -> list[Ratio]:
    """The ratios of every window that is standing on the day."""
    return [
        measure(Asked(unit_id, unit_id, DEFAULT, NOON), window, NO_POSTS)
        for window in standing(day)
    ]
