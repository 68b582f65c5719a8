"""HTTP in: current ratios from memory; other windows from ratio."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.gateway.domain.access import Client, UnknownUnit, visible_units
from services.gateway.domain.listing import LIMIT_MAX, Sort, Wanted, page
from services.gateway.domain.snapshots import Current
from services.gateway.routes import SnapshotsDep, allowed, pass_on
from services.gateway.routes.schemas import Ratio, RatioPage, answers
from shared.contracts import RatioStatus, UnitKind, WindowName
from shared.local_time import local_day, utc_now

router = APIRouter(prefix="/v1", tags=["ratios"])

Reader = Annotated[Client, Depends(allowed("ratios:read"))]
# Kept by the reader, asked about each time; never shared between credentials.
CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}


@router.get(
    "/units/{unit_id}/ratio",
    operation_id="getRatio",
    summary="Tỉ lệ của một đơn vị trong một kỳ",
    responses=answers(200, Ratio, "Các con số; `ETag` cho If-None-Match", 404),
)
async def get_ratio(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    unit_id: str,
    window: WindowName | None = None,
    at: date | None = None,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    by: Literal["channel", "platform", "action"] | None = None,
    include: Literal["children"] | None = None,
) -> Response:
    """Kỳ hiện tại được trả lời từ bộ nhớ. `at`: kỳ chứa ngày đó; `from`, `to`: khoảng ngày bất
    kỳ; `by`: chia theo kênh, nền tảng, hành động; `include=children`: gồm cả đơn vị trực thuộc."""
    visible = visible_units(client, snapshots.parents())
    if visible is not None and unit_id not in visible:
        raise UnknownUnit(f"Không có đơn vị {unit_id}; danh sách ở GET /v1/units.")
    current = None
    if first_day is None and last_day is None and by is None and include is None:
        day = at or local_day(utc_now())
        current = snapshots.get(unit_id, window or "month", day)
    if current is None:
        return await pass_on("ratio", request, client)
    return _answer(request, current)


def _answer(request: Request, current: Current) -> Response:
    headers = {**CACHING, "ETag": current.etag()}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or current.etag() in [one.strip() for one in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(msgspec.json.encode(current.ratio), 200, headers, "application/json")


@router.get(
    "/ratios",
    operation_id="listRatios",
    summary="Toàn tỉnh trong một bảng",
    responses=answers(200, RatioPage, "Một trang tỉ lệ; trang sau ở `next_cursor`", 400),
)
async def list_ratios(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    window: WindowName = "month",
    kind: UnitKind | None = None,
    parent_id: str | None = None,
    status: RatioStatus | None = None,
    sort: Sort = "-negative_share",
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Kỳ hiện tại của mọi đơn vị, tỉ lệ tiêu cực cao nhất trước."""
    visible = visible_units(client, snapshots.parents())
    wanted = Wanted(window, kind, parent_id, status, sort)
    currents = snapshots.all(window, local_day(utc_now()))
    items, next_cursor = page(currents, visible, wanted, min(limit, LIMIT_MAX), cursor)
    headers = dict(CACHING)
    if next_cursor is not None:
        headers["Link"] = f'<{request.url.include_query_params(cursor=next_cursor)}>; rel="next"'
    body = msgspec.json.encode({"items": items, "next_cursor": next_cursor})
    return Response(body, 200, headers, "application/json")
