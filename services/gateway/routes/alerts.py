"""HTTP in: alerts and the notes on them, which ratio keeps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on, pass_on_list
from services.gateway.routes.schemas.alerts import AcknowledgementDraft, Alert, AlertPage
from services.gateway.routes.schemas.answers import body_of, gives, refuses
from services.gateway.routes.schemas.decision_examples import (
    INVALID_NOTE,
    TOO_MANY_PAGES,
    UNKNOWN_ALERT,
)
from services.gateway.routes.schemas.parameters import Cursor, Limit, UnitId
from services.gateway.routes.schemas.problem_examples import (
    INVALID_CURSOR,
    PASSED_ON,
    UNKNOWN_UNIT,
)
from shared.contracts import AlertStatus, WindowName

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

Reader = Annotated[Client, allowed("ratios:read")]
Writer = Annotated[Client, allowed("alerts:write")]


@router.get(
    "",
    operation_id="listAlerts",
    summary="Cảnh báo, mới nhất trước",
    responses={
        **gives(200, AlertPage, "Một trang cảnh báo", "Link"),
        **refuses(UNKNOWN_UNIT, INVALID_CURSOR, TOO_MANY_PAGES, *PASSED_ON),
    },
)
async def list_alerts(
    request: Request,
    client: Reader,
    unit_id: UnitId = None,
    window: Annotated[WindowName | None, Query(description="kỳ nào")] = None,
    status: Annotated[AlertStatus | None, Query(description="mức mà đơn vị đã sang")] = None,
    acknowledged: Annotated[bool | None, Query(description="đã có người ghi nhận chưa")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Đơn vị nào vào hoặc ra khỏi mức cảnh báo hay vượt ngưỡng, khi nào, với những con số và tin
    nào."""
    return await pass_on_list("ratio", request, client)


@router.put(
    "/{alert_id}/acknowledgement",
    operation_id="acknowledgeAlert",
    summary="Ghi nhận một cảnh báo",
    responses={
        **gives(200, Alert, "Cảnh báo với lời ghi nhận"),
        **gives(202, Alert, "Nhật ký đã nhận; câu trả lời còn chưa mang lời ghi nhận"),
        **refuses(UNKNOWN_ALERT, INVALID_NOTE, *PASSED_ON),
    },
    openapi_extra=body_of(AcknowledgementDraft),
)
async def acknowledge_alert(
    request: Request,
    client: Writer,
    alert_id: Annotated[UUID, Path(description="như `GET /v1/alerts` đã trả lời")],
) -> Response:
    """Ai đã biết và nói gì; lời sau thay lời trước."""
    return await pass_on("ratio", request, client)
