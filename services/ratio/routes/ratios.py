"""HTTP in: the figures of one unit in any window, their trend, and the whole province."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from services.ratio.domain.ratio import measure
from services.ratio.domain.window import Bucket, series
from services.ratio.routes import CacheDep, PoolDep, UnitsDep, must_see
from services.ratio.routes.windows import (
    FirstDayParameter,
    KnownAtDep,
    LastDayParameter,
    PartsDep,
    WindowDep,
    free_window,
    invalid,
)
from services.ratio.store import acts
from services.ratio.view import Scope, View, open_view
from shared.contracts import Window

router = APIRouter(prefix="/v1", tags=["ratios"])

By = Literal["channel", "platform", "action", "format", "topic"]
_GROUP_NAMES: dict[By, str] = {
    "channel": "channel_id",
    "platform": "platform",
    "action": "action",
    "format": "format",
    "topic": "topic",
}
_OF_GROUP = ("counts", "negative_share", "negative_share_ci", "pending", "needs_review")
BUCKETS_MAX = 1_000


@router.get("/units/{unit_id}/ratio", summary="Tỉ lệ của một đơn vị trong một kỳ")
async def get_ratio(
    unit_id: str,
    pool: PoolDep,
    cache: CacheDep,
    units: UnitsDep,
    window: WindowDep,
    known_at: KnownAtDep,
    parts: PartsDep,
    by: By | None = None,
) -> Response:
    """Counts, share, interval and status; `by` adds the same for each group."""
    async with open_view(pool, cache, known_at) as view:
        must_see(view.registry, unit_id, units)
        scope = Scope(unit_id, "children" in parts, "predecessors" in parts)
        answer: dict[str, Any] = msgspec.to_builtins(await view.ratio(scope, window))
        if by is not None:
            answer |= {"by": by, "groups": await _groups(view, scope, window, by)}
        if "near-copies" in parts:
            answer["near_copies"] = await view.near_copies(scope, window)
        answer["closing"] = await _closing(view, window)
    return _json(answer | _as_of(view))


async def _groups(view: View, scope: Scope, window: Window, by: By) -> list[dict[str, Any]]:
    """The figures of each group, under the name of what groups them."""
    found = await view.groups(scope, window, by)
    asked = view.asked(scope.unit_id, window)
    groups: list[dict[str, Any]] = []
    for name in sorted(name for name in found if name is not None):
        ratio: dict[str, Any] = msgspec.to_builtins(measure(asked, window, found[name]))
        groups.append({_GROUP_NAMES[by]: name} | {key: ratio[key] for key in _OF_GROUP})
    return groups


async def _closing(view: View, window: Window) -> dict[str, Any] | None:
    if window.name is None:
        return None
    closing = await acts.closing_of(view.connection, window.name, window.first_day)
    return closing and {
        "closing_id": str(closing.closing_id),
        "closed_at": closing.closed_at,
        "known_at": closing.known_at,
        "digest": closing.digest,
    }


def _as_of(view: View) -> dict[str, Any]:
    return {"as_of": view.known_at} if view.known_at else {}


@router.get("/units/{unit_id}/ratio/series", summary="Tỉ lệ theo ngày, tuần hoặc tháng")
async def get_series(
    unit_id: str,
    pool: PoolDep,
    cache: CacheDep,
    units: UnitsDep,
    known_at: KnownAtDep,
    parts: PartsDep,
    first_day: FirstDayParameter = None,
    last_day: LastDayParameter = None,
    bucket: Annotated[Bucket, Query()] = "day",
) -> Response:
    """The trend; a bucket without posts is there, with nulls for its share."""
    whole = free_window(first_day, last_day)
    buckets = series(bucket, whole.first_day, whole.last_day)
    if len(buckets) > BUCKETS_MAX:
        raise invalid("bucket", f"Quá {BUCKETS_MAX} mốc; hãy dùng bucket=week hoặc month.")
    async with open_view(pool, cache, known_at) as view:
        must_see(view.registry, unit_id, units)
        scope = Scope(unit_id, "children" in parts, "predecessors" in parts)
        points = await view.trend(scope, buckets)
        name = view.registry.units[unit_id].name
    return _json(
        {"unit_id": unit_id, "name": name, "bucket": bucket, "items": points} | _as_of(view)
    )


@router.get("/ratios", summary="Mọi đơn vị trong một kỳ")
async def list_ratios(
    pool: PoolDep, cache: CacheDep, units: UnitsDep, window: WindowDep, known_at: KnownAtDep
) -> Response:
    """Every unit that the client may see, by id; the gateway sorts and cuts into pages."""
    async with open_view(pool, cache, known_at) as view:
        known = view.registry.units
        ids = sorted(known if units is None else known.keys() & set(units))
        ratios = await view.unit_ratios(ids, window)
    items = [
        {"kind": known[one.unit_id].kind, "parent_id": known[one.unit_id].parent_id, "ratio": one}
        for one in ratios
    ]
    return _json({"items": items} | _as_of(view))


def _json(answer: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
