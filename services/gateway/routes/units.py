"""HTTP in: the registry of units and channels, which ingest keeps."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas import (
    Channel,
    ChannelDraft,
    Unit,
    UnitDraft,
    UnitPage,
    answers,
    body_of,
)
from shared.contracts import ID_PATTERN, UnitKind

router = APIRouter(prefix="/v1", tags=["units"])

Reader = Annotated[Client, Depends(allowed("units:read"))]
Writer = Annotated[Client, Depends(allowed("units:write"))]
IdPath = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get(
    "/units",
    operation_id="listUnits",
    summary="Danh bạ đơn vị",
    responses=answers(200, UnitPage, "Một trang đơn vị, theo mã"),
)
async def list_units(
    request: Request,
    client: Reader,
    kind: UnitKind | None = None,
    parent_id: str | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Đơn vị và các kênh, lọc theo loại hoặc đơn vị cấp trên."""
    return await pass_on("ingest", request, client)


@router.get(
    "/units/{unit_id}",
    operation_id="getUnit",
    summary="Một đơn vị và các kênh",
    responses=answers(200, Unit, "Đơn vị; `ETag` dùng cho If-Match", 404),
)
async def get_unit(request: Request, client: Reader, unit_id: str) -> Response:
    """Mọi kênh từng có, với ngày hiệu lực."""
    return await pass_on("ingest", request, client)


@router.put(
    "/units/{unit_id}",
    operation_id="putUnit",
    summary="Đăng ký hoặc sửa một đơn vị",
    responses=answers(200, Unit, "Đã ghi; 201 nếu là đơn vị mới", 400, 404, 409, 412, 428),
    openapi_extra=body_of(UnitDraft),
)
async def put_unit(request: Request, client: Writer, unit_id: IdPath) -> Response:
    """Sửa đơn vị đã có cần `If-Match`; `If-None-Match: *` chỉ tạo mới."""
    return await pass_on("ingest", request, client)


@router.put(
    "/units/{unit_id}/channels/{channel_id}",
    operation_id="putChannel",
    summary="Đăng ký hoặc sửa một kênh",
    responses=answers(200, Channel, "Đã ghi; 201 nếu là kênh mới", 400, 404, 409),
    openapi_extra=body_of(ChannelDraft),
)
async def put_channel(
    request: Request, client: Writer, unit_id: IdPath, channel_id: IdPath
) -> Response:
    """Một kênh chỉ thuộc một đơn vị trong một ngày; trùng ngày với đơn vị khác là 409."""
    return await pass_on("ingest", request, client)
