"""HTTP in: the figures of one unit in any window."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from services.ratio.domain import policy
from services.ratio.domain.ratio import DayCount, add_up, measure
from services.ratio.domain.window import window_at
from services.ratio.routes import PoolDep, UnitsDep, UnknownUnit
from services.ratio.store import figures, registry
from services.ratio.store.figures import By
from services.ratio.store.registry import KnownUnit
from shared.contracts import Ratio, Window, WindowName
from shared.local_time import local_day, utc_now
from shared.postgres import Connection
from shared.problems import Fault, Invalid

router = APIRouter(prefix="/v1", tags=["ratios"])

DAYS_MAX = 3_660
# Far from where a window would reach beyond the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 9_000
_GROUP_NAMES: dict[By, str] = {
    "channel": "channel_id",
    "platform": "platform",
    "action": "action",
}


def wanted_window(
    window: WindowName | None, at: date | None, first_day: date | None, last_day: date | None
) -> Window:
    """The window that the parameters mean; the current month without any. Raises Invalid."""
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise _invalid("at", f"Năm của at phải từ {FIRST_YEAR} đến {LAST_YEAR}.")
    if first_day is None and last_day is None:
        return window_at(window or "month", at or local_day(utc_now()))
    if first_day is None or last_day is None:
        raise _invalid("to" if first_day else "from", "Cần cả from và to.")
    if window is not None or at is not None:
        raise _invalid("window", "Chỉ dùng một cách: window và at, hoặc from và to.")
    check_days(first_day, last_day)
    if (last_day - first_day).days > DAYS_MAX:
        raise _invalid("from", f"Khoảng thời gian tối đa là {DAYS_MAX} ngày.")
    return Window(None, first_day, last_day)


def check_days(first_day: date | None, last_day: date | None) -> None:
    """Raises Invalid if the first day lies after the last."""
    if first_day is not None and last_day is not None and first_day > last_day:
        raise _invalid("from", f"from ({first_day}) phải không sau to ({last_day}).")


def _invalid(parameter: str, detail: str) -> Invalid:
    return Invalid(detail, faults=[Fault("invalid-window", detail, parameter=parameter)])


@router.get("/units/{unit_id}/ratio", summary="Tỉ lệ của một đơn vị trong một kỳ")
async def get_ratio(
    unit_id: str,
    pool: PoolDep,
    units: UnitsDep,
    window: WindowName | None = None,
    at: date | None = None,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    by: By | None = None,
    include: Literal["children"] | None = None,
) -> Response:
    """Counts, share, interval and status; `by` adds the same for each group."""
    wanted = wanted_window(window, at, first_day, last_day)
    async with pool.acquire() as connection:
        unit = await known_unit(connection, unit_id, units)
        ids = await registry.branch_of(connection, unit_id) if include else [unit_id]
        days = await figures.tally(connection, ids, wanted.first_day, wanted.last_day, by)
    answer: dict[str, Any] = msgspec.to_builtins(ratio_of(unit, wanted, days))
    if by is not None:
        answer["by"] = by
        answer["groups"] = groups_of(unit, wanted, days, by)
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def known_unit(connection: Connection, unit_id: str, units: list[str] | None) -> KnownUnit:
    """The unit, if the client may see it. Raises UnknownUnit."""
    unit = await registry.known_unit(connection, unit_id)
    if unit is None or (units is not None and unit_id not in units):
        raise UnknownUnit(f"Không có đơn vị {unit_id}; danh sách ở GET /v1/units.")
    return unit


Days = dict[tuple[str, str | None], list[DayCount]]


def ratio_of(unit: KnownUnit, window: Window, days: Days) -> Ratio:
    """The unit's figures over all groups and units of the day counts."""
    sums = add_up((day for group in days.values() for day in group), window)
    return measure(unit.unit_id, unit.name, window, sums, policy.DEFAULT, utc_now())


def groups_of(unit: KnownUnit, window: Window, days: Days, by: By) -> list[dict[str, Any]]:
    """The figures of each group, under the name of what groups them."""
    names = sorted({group for _, group in days if group is not None})
    groups: list[dict[str, Any]] = []
    for name in names:
        of_group = {key: counts for key, counts in days.items() if key[1] == name}
        figures_of: dict[str, Any] = msgspec.to_builtins(ratio_of(unit, window, of_group))
        kept = ("counts", "negative_share", "negative_share_ci", "pending", "needs_review")
        groups.append({_GROUP_NAMES[by]: name} | {key: figures_of[key] for key in kept})
    return groups
