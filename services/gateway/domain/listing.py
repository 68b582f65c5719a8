"""The province at a glance: filtered, sorted, page by page.

In: figures of one period, what is wanted. Out: one page and where the next begins.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.contracts import Ratio, RatioStatus, UnitKind
from shared.cursors import InvalidCursor, read_cursor, write_cursor

Sort = Literal["-negative_share", "negative_share", "-total", "total", "name", "unit_id"]
Key = float | str
LIMIT_MAX = 200

_KEYS: Mapping[Sort, Callable[[Ratio], Key]] = {
    "-negative_share": lambda ratio: -_share(ratio),
    "negative_share": lambda ratio: _share(ratio),
    "-total": lambda ratio: -ratio.counts.total,
    "total": lambda ratio: ratio.counts.total,
    "name": lambda ratio: ratio.name,
    "unit_id": lambda ratio: ratio.unit_id,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A unit's figures, and what it may be filtered by."""

    kind: UnitKind
    parent_id: str | None
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which units, in which order; None filters nothing. `period`: all that names the days and
    the moment, so that a cursor leads on in the same list only."""

    period: tuple[object, ...]
    kind: UnitKind | None
    parent_id: str | None
    status: RatioStatus | None
    sort: Sort


def page(
    found: Iterable[Row],
    visible: frozenset[str] | None,
    wanted: Wanted,
    limit: int,
    cursor: str | None,
) -> tuple[list[Ratio], str | None]:
    """At most `limit` ratios, and the cursor of the next page, if there is one.

    Raises InvalidCursor.
    """
    key = _KEYS[wanted.sort]
    rows = sorted(
        (key(one.ratio), one.ratio.unit_id, one.ratio)
        for one in found
        if _matches(one, visible, wanted)
    )
    if cursor is not None:
        after = _read(cursor, wanted)
        rows = [row for row in rows if row[:2] > after]
    shown = rows[:limit]
    next_cursor = write_cursor(shown[-1][:2], wanted) if len(rows) > limit else None
    return [ratio for _, _, ratio in shown], next_cursor


def _share(ratio: Ratio) -> float:
    # Without posts there is no share: such units stand behind all others.
    return -1.0 if ratio.negative_share is None else ratio.negative_share


def _matches(one: Row, visible: frozenset[str] | None, wanted: Wanted) -> bool:
    return (
        (visible is None or one.ratio.unit_id in visible)
        and wanted.kind in (None, one.kind)
        and wanted.parent_id in (None, one.parent_id)
        and wanted.status in (None, one.ratio.status)
    )


def _read(cursor: str, wanted: Wanted) -> tuple[Key, str]:
    expected = str if wanted.sort in ("name", "unit_id") else (int, float)
    match read_cursor(cursor, wanted):
        case [key, str(unit_id)] if isinstance(key, expected):
            return key, unit_id
        case _:
            raise InvalidCursor
