"""HTTP in: the report of a window, as a file. Ratio writes it while the gateway sends it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import UntilSentDep, allowed, stream_on
from services.gateway.routes.schemas.answers import refuses
from services.gateway.routes.schemas.decision_examples import (
    INVALID_WINDOW,
    TEMPLATE_INVALID,
    WHOLE_PROVINCE_ONLY,
)
from services.gateway.routes.schemas.parameters import (
    AsOf,
    At,
    FirstDay,
    IncludeUnits,
    InWindow,
    LastDay,
    UnitId,
)
from services.gateway.routes.schemas.problem_examples import PASSED_ON, UNKNOWN_UNIT
from services.gateway.routes.schemas.reports import ReportFormat, gives_report

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get(
    "/ratio",
    operation_id="getReport",
    summary="Báo cáo của một kỳ",
    response_class=Response,
    responses={
        **gives_report(),
        **refuses(WHOLE_PROVINCE_ONLY, UNKNOWN_UNIT, INVALID_WINDOW, TEMPLATE_INVALID, *PASSED_ON),
    },
)
async def get_report(
    request: Request,
    client: Annotated[Client, allowed("ratios:read")],
    until_sent: UntilSentDep,
    window: InWindow = None,
    at: At = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    unit_id: UnitId = None,
    include: IncludeUnits = None,
    as_of: AsOf = None,
    report_format: Annotated[
        ReportFormat, Query(alias="format", description="`docx`: theo Nghị định 30/2020/NĐ-CP")
    ] = "json",
) -> Response:
    """Một đơn vị, một nhánh (`include=children`), hoặc toàn tỉnh (không có `unit_id`; chỉ khóa thấy
    toàn tỉnh). Báo cáo lớn được gửi dần, không báo trước độ dài: kết nối đứt giữa chừng nghĩa là
    tệp chưa đủ, hãy hỏi lại."""
    return await stream_on("ratio", request, client, until_sent)
