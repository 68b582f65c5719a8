"""HTTP in: the registry of units and channels, which ingest keeps."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import UnitIdDep, allowed, pass_on, pass_on_list
from services.gateway.routes.schemas.answers import body_of, gives, refuses
from services.gateway.routes.schemas.parameters import Cursor, Limit, ParentId
from services.gateway.routes.schemas.problem_examples import (
    CHANNEL_OWNED,
    DATES_REVERSED,
    INVALID_CHARACTER,
    INVALID_CURSOR,
    INVALID_URL,
    PASSED_ON,
    UNIT_RULES,
    UNKNOWN_UNIT,
)
from services.gateway.routes.schemas.units import (
    ChannelDraft,
    ChannelOfUnit,
    Unit,
    UnitDraft,
    UnitPage,
)
from shared.contracts import ID_PATTERN, UnitKind

router = APIRouter(prefix="/v1", tags=["units"])

Reader = Annotated[Client, allowed("units:read")]
Writer = Annotated[Client, allowed("units:write")]
UnitPath = Annotated[str, Path(pattern=ID_PATTERN, description="mã do địa phương đặt")]
ChannelPath = Annotated[
    str, Path(pattern=ID_PATTERN, description="mã do địa phương đặt, riêng trong toàn tỉnh")
]


@router.get(
    "/units",
    operation_id="listUnits",
    summary="Danh bạ đơn vị",
    responses={
        **gives(200, UnitPage, "Một trang đơn vị, theo mã", "Link"),
        **refuses(INVALID_CURSOR, *PASSED_ON),
    },
)
async def list_units(
    request: Request,
    client: Reader,
    kind: Annotated[UnitKind | None, Query(description="loại đơn vị")] = None,
    parent_id: ParentId = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Đơn vị và các kênh, lọc theo loại hoặc đơn vị cấp trên."""
    return await pass_on_list("ingest", request, client)


@router.get(
    "/units/{unit_id}",
    operation_id="getUnit",
    summary="Một đơn vị và các kênh",
    responses={
        **gives(200, Unit, "Đơn vị; `ETag` dùng cho `If-Match`", "ETag"),
        **refuses(UNKNOWN_UNIT, *PASSED_ON),
    },
)
async def get_unit(request: Request, client: Reader, unit_id: UnitIdDep) -> Response:
    """Mọi kênh từng có, với ngày hiệu lực."""
    return await pass_on("ingest", request, client)


@router.put(
    "/units/{unit_id}",
    operation_id="putUnit",
    summary="Đăng ký hoặc sửa một đơn vị",
    responses={
        **gives(200, Unit, "Đã ghi", "ETag"),
        **gives(201, Unit, "Đã ghi đơn vị mới", "ETag"),
        **gives(202, Unit, "Đã ghi; nhật ký còn chưa nhận", "ETag"),
        **refuses(UNKNOWN_UNIT, *UNIT_RULES, INVALID_CHARACTER, *PASSED_ON),
    },
    openapi_extra=body_of(UnitDraft, "IfMatch", "IfNoneMatch"),
)
async def put_unit(request: Request, client: Writer, unit_id: UnitPath) -> Response:
    """Sửa đơn vị đã có cần `If-Match`; `If-None-Match: *` chỉ tạo mới. Gửi lại cùng nội dung
    không làm thay đổi gì."""
    return await pass_on("ingest", request, client)


@router.put(
    "/units/{unit_id}/channels/{channel_id}",
    operation_id="putChannel",
    summary="Đăng ký hoặc sửa một kênh",
    responses={
        **gives(200, ChannelOfUnit, "Đã ghi"),
        **gives(201, ChannelOfUnit, "Đã ghi kênh mới"),
        **gives(202, ChannelOfUnit, "Đã ghi; nhật ký còn chưa nhận"),
        **refuses(
            UNKNOWN_UNIT, CHANNEL_OWNED, DATES_REVERSED, INVALID_URL, INVALID_CHARACTER, *PASSED_ON
        ),
    },
    openapi_extra=body_of(ChannelDraft),
)
async def put_channel(
    request: Request, client: Writer, unit_id: UnitPath, channel_id: ChannelPath
) -> Response:
    """Một kênh chỉ thuộc một đơn vị trong một ngày; trùng ngày với đơn vị khác là 409."""
    return await pass_on("ingest", request, client)
