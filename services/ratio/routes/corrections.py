"""HTTP in: posts that count otherwise by now than when their window was closed."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from services.ratio.domain.registry import Registry
from services.ratio.routes import CacheDep, PoolDep, UnitsDep, must_see
from services.ratio.routes.closings import ClosableName, closing_of, spans_of
from services.ratio.routes.pages import cursor_after, read_page
from services.ratio.routes.posts import LIMIT_MAX, json_answer
from services.ratio.store import closings
from services.ratio.store.closings import Correction
from services.ratio.view import open_view
from shared.contracts import Window
from shared.cursors import InvalidCursor

router = APIRouter(prefix="/v1/closings/{window}/{first_day}", tags=["closings"])


@router.get("/corrections", summary="Thay đổi sau khi chốt")
async def list_corrections(
    window: ClosableName,
    first_day: date,
    pool: PoolDep,
    cache: CacheDep,
    units: UnitsDep,
    unit_id: str | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Posts that count otherwise than when the window was closed, by id.

    `before` is null for a post that came, or moved into the window, later; `after` for one that
    was withdrawn. One that moved has its other day there.
    """
    filters = (window, first_day, unit_id, units)
    async with open_view(pool, cache) as view:
        closing = await closing_of(view.connection, window, first_day)
        if unit_id is not None:
            must_see(view.registry, unit_id, units)
        wanted = units if unit_id is None else [unit_id]
        spans = None if wanted is None else spans_of(view.registry, wanted, closing.window)
        (page, after), count = _read_cursor(cursor, filters), min(limit, LIMIT_MAX)
        found = await closings.corrections(view.connection, closing, spans, after, count + 1)
        items = [_correction(view.registry, closing.window, one) for one in found[:count]]
    last = found[count - 1] if len(found) > count else None
    next_cursor = last and cursor_after(page, [str(last.post_id)], filters)
    return json_answer({"items": items, "next_cursor": next_cursor})


def _correction(registry: Registry, window: Window, correction: Correction) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(correction)
    days = [side.local_day for side in (correction.before, correction.after) if side is not None]
    # Whose figures it moves: those of the unit that it counts for in the window.
    day = next(day for day in days if window.first_day <= day <= window.last_day)
    return answer | {"unit_id": registry.owner_on(correction.channel_id, day)}


def _read_cursor(cursor: str | None, filters: object) -> tuple[int, UUID | None]:
    page, place = read_page(cursor, filters)
    if place is None:
        return page, None
    try:
        (post_id,) = place
        return page, UUID(post_id)
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None
