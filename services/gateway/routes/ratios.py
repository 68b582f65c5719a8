"""HTTP in: current ratios from memory; other windows, moments and series from ratio."""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.gateway.domain.access import Client, UnknownUnit, visible_units
from services.gateway.domain.listing import LIMIT_MAX, Row, Sort, Wanted, page
from services.gateway.domain.snapshots import Current, Snapshots
from services.gateway.routes import SnapshotsDep, UnitIdDep, allowed, link_to_next, pass_on
from services.gateway.routes.schemas.answers import asks, gives, gives_nothing, refuses
from services.gateway.routes.schemas.decision_examples import INVALID_WINDOW
from services.gateway.routes.schemas.parameters import (
    AsOf,
    At,
    Cursor,
    FirstDay,
    Include,
    IncludeUnits,
    InWindow,
    LastDay,
    Limit,
    ParentId,
)
from services.gateway.routes.schemas.problem_examples import (
    INVALID_CURSOR,
    PASSED_ON,
    UNKNOWN_UNIT,
)
from services.gateway.routes.schemas.ratios import (
    Bucket,
    GroupedBy,
    RatioByGroup,
    RatioPage,
    Series,
)
from shared.contracts import RatioStatus, UnitKind
from shared.local_time import local_day, utc_now

router = APIRouter(prefix="/v1", tags=["ratios"])

Reader = Annotated[Client, allowed("ratios:read")]
# Kept by the reader, asked about each time; never shared between credentials.
CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}


@dataclass(frozen=True, slots=True)
class Period:
    """Which days, as known at which moment."""

    window: InWindow = None
    at: At = None
    first_day: FirstDay = None
    last_day: LastDay = None
    as_of: AsOf = None

    def named_day(self) -> date | None:
        """The day whose named window is wanted, as it is known now; None for all else."""
        if self.first_day or self.last_day or self.as_of is not None:
            return None
        return self.at or local_day(utc_now())


PeriodDep = Annotated[Period, Depends()]


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
        **refuses(UNKNOWN_UNIT, INVALID_WINDOW, *PASSED_ON),
    },
    openapi_extra=asks("IfNoneMatchOfRatio"),
)
async def get_ratio(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    unit_id: UnitIdDep,
    period: PeriodDep,
    by: Annotated[GroupedBy | None, Query(description="chia theo")] = None,
    include: Include = None,
) -> Response:
    """Kỳ hiện tại được trả lời từ bộ nhớ. `at`: kỳ chứa ngày đó; `from`, `to`: khoảng ngày bất
    kỳ đến 3.660 ngày, thay cho `window` và `at`; `by`: thêm các con số chia theo kênh, nền tảng,
    hành động, dạng tin, chủ đề; `include`: gồm cả đơn vị trực thuộc, đơn vị cũ; `as_of`: như đã
    biết vào một thời điểm."""
    _must_see(client, snapshots, unit_id)
    day = period.named_day()
    if day is None or by is not None or include is not None:
        return await pass_on("ratio", request, client)
    current = snapshots.get(unit_id, period.window or "month", day)
    if current is None:
        return await pass_on("ratio", request, client)
    return _answer(request, current)


def _must_see(client: Client, snapshots: Snapshots, unit_id: str) -> None:
    visible = visible_units(client, snapshots.parents())
    if visible is not None and unit_id not in visible:
        raise UnknownUnit(f"Không có đơn vị {unit_id}; danh sách ở GET /v1/units.")


def _answer(request: Request, current: Current) -> Response:
    headers = {**CACHING, "ETag": current.etag()}
    # Weakly compared: a cache on the way may have made the tag weak. Source: RFC 9110, 13.1.2.
    known = request.headers.get("if-none-match", "").split(",")
    if {"*", current.etag()} & {one.strip().removeprefix("W/") for one in known}:
        return Response(status_code=304, headers=headers)
    # Only a window that is over can have been closed.
    body = msgspec.json.encode(msgspec.structs.asdict(current.ratio) | {"closing": None})
    return Response(body, 200, headers, "application/json")


@router.get(
    "/units/{unit_id}/ratio/series",
    operation_id="getSeries",
    summary="Tỉ lệ của một đơn vị theo ngày, tuần hoặc tháng",
    responses={
        **gives(200, Series, "Từng mốc, cũ nhất trước"),
        **refuses(UNKNOWN_UNIT, INVALID_WINDOW, *PASSED_ON),
    },
)
async def get_series(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    unit_id: UnitIdDep,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    bucket: Annotated[Bucket, Query(description="mỗi mốc là một ngày, tuần ISO, tháng")] = "day",
    include: IncludeUnits = None,
    as_of: AsOf = None,
) -> Response:
    """Cần cả `from` và `to`; nhiều nhất 1.000 mốc. Mốc không có tin vẫn có mặt, với tỉ lệ là
    null."""
    _must_see(client, snapshots, unit_id)
    return await pass_on("ratio", request, client)


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
        **refuses(INVALID_CURSOR, INVALID_WINDOW, *PASSED_ON),
    },
)
async def list_ratios(
    request: Request,
    client: Reader,
    snapshots: SnapshotsDep,
    period: PeriodDep,
    kind: Annotated[UnitKind | None, Query(description="loại đơn vị")] = None,
    parent_id: ParentId = None,
    status: Annotated[RatioStatus | None, Query(description="tình trạng trong kỳ")] = None,
    sort: Annotated[Sort, Query(description="thứ tự; `-` là giảm dần")] = "-negative_share",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Mọi đơn vị trong một kỳ, tỉ lệ tiêu cực cao nhất trước. Kỳ hiện tại được trả lời từ bộ nhớ;
    `at`, `from` và `to`, `as_of` như ở tỉ lệ của một đơn vị."""
    found = _current(snapshots, period)
    if found is None:
        answer = await pass_on("ratio", request, client)
        if answer.status_code != 200:
            return answer
        found = msgspec.json.decode(answer.body, type=_Province)
    visible = visible_units(client, snapshots.parents())
    wanted = Wanted(astuple(period), kind, parent_id, status, sort)
    items, next_cursor = page(found.items, visible, wanted, min(limit, LIMIT_MAX), cursor)
    headers = {**CACHING, **link_to_next(request, next_cursor)}
    listed = {"items": items, "next_cursor": next_cursor}
    body = msgspec.json.encode(listed | ({"as_of": found.as_of} if found.as_of else {}))
    return Response(body, 200, headers, "application/json")


@dataclass(frozen=True, slots=True)
class _Province:
    """Every unit that the client may see, as ratio answers it."""

    items: tuple[Row, ...]
    as_of: datetime | None = None


def _current(snapshots: Snapshots, period: Period) -> _Province | None:
    """What memory knows of today's window; None for any other."""
    # Of another day, even within today's window, memory may hold some units and lack others.
    today = local_day(utc_now())
    if period.named_day() != today:
        return None
    currents = snapshots.all(period.window or "month", today)
    return _Province(
        tuple(Row(one.snapshot.kind, one.snapshot.parent_id, one.ratio) for one in currents)
    )
