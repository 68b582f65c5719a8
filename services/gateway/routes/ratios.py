"""HTTP in: current ratios from memory; other windows from ratio."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Client, UnknownUnit, visible_units
from services.gateway.domain.listing import LIMIT_MAX, Sort, Wanted, page
from services.gateway.domain.snapshots import Current
from services.gateway.routes import SnapshotsDep, UnitIdDep, allowed, pass_on
from services.gateway.routes.schemas.answers import asks, gives, gives_nothing, refuses
from services.gateway.routes.schemas.parameters import Cursor, FirstDay, LastDay, Limit, ParentId
from services.gateway.routes.schemas.problem_examples import (
    INVALID_CURSOR,
    PASSED_ON,
    UNKNOWN_UNIT,
)
from services.gateway.routes.schemas.ratios import RatioByGroup, RatioPage
from shared.contracts import RatioStatus, UnitKind, WindowName
from shared.local_time import local_day, utc_now

router = APIRouter(prefix="/v1", tags=["ratios"])

Reader = Annotated[Client, allowed("ratios:read")]
# Kept by the reader, asked about each time; never shared between credentials.
CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}


@router.get(
    "/units/{unit_id}/ratio",
    operation_id="getRatio",
    summary="Tỉ lệ của một đơn vị trong một kỳ",
    responses={
        **gives(
            200,
            RatioByGroup,
            "Các con số; `ETag` khi được trả lời từ bộ nhớ",
            *("ETag", "Cache-Control", "Vary"),
        ),
        **gives_nothing(304, "Không đổi từ `ETag` đã biết", "ETag", "Cache-Control", "Vary"),
        **refuses(UNKNOWN_UNIT, *PASSED_ON),
    },
    openapi_extra=asks("IfNoneMatchOfRatio"),
)
async def get_ratio(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    unit_id: UnitIdDep,
    window: Annotated[
        WindowName | None, Query(description="kỳ; không có gì thì là `month`")
    ] = None,
    at: Annotated[
        date | None, Query(description="kỳ chứa ngày này; không có thì là hôm nay")
    ] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    by: Annotated[
        Literal["channel", "platform", "action"] | None, Query(description="chia theo")
    ] = None,
    include: Annotated[
        Literal["children"] | None, Query(description="gồm cả đơn vị trực thuộc, mọi cấp")
    ] = None,
) -> Response:
    """Kỳ hiện tại được trả lời từ bộ nhớ. `at`: kỳ chứa ngày đó; `from`, `to`: khoảng ngày bất
    kỳ đến 3.660 ngày, thay cho `window` và `at`; `by`: thêm các con số chia theo kênh, nền tảng,
    hành động; `include=children`: gồm cả đơn vị trực thuộc."""
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
    # Weakly compared: a cache on the way may have made the tag weak. Source: RFC 9110, 13.1.2.
    known = request.headers.get("if-none-match", "").split(",")
    if {"*", current.etag()} & {one.strip().removeprefix("W/") for one in known}:
        return Response(status_code=304, headers=headers)
    return Response(msgspec.json.encode(current.ratio), 200, headers, "application/json")


@router.get(
    "/ratios",
    operation_id="listRatios",
    summary="Toàn tỉnh trong một bảng",
    responses={
        **gives(
            200,
            RatioPage,
            "Một trang tỉ lệ; trang sau ở `next_cursor` và `Link`",
            *("Link", "Cache-Control", "Vary"),
        ),
        **refuses(INVALID_CURSOR),
    },
)
async def list_ratios(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    window: Annotated[WindowName, Query(description="kỳ hiện tại nào")] = "month",
    kind: Annotated[UnitKind | None, Query(description="loại đơn vị")] = None,
    parent_id: ParentId = None,
    status: Annotated[RatioStatus | None, Query(description="tình trạng trong kỳ")] = None,
    sort: Annotated[Sort, Query(description="thứ tự; `-` là giảm dần")] = "-negative_share",
    limit: Limit = 50,
    cursor: Cursor = None,
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
