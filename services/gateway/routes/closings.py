"""HTTP in: windows that the centre has closed, and the corrections since."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on, pass_on_list
from services.gateway.routes.schemas.answers import gives, refuses
from services.gateway.routes.schemas.closings import (
    ClosedWindow,
    Closing,
    ClosingList,
    CorrectionPage,
)
from services.gateway.routes.schemas.decision_examples import (
    INVALID_FIRST_DAY,
    TOO_MANY_PAGES,
    UNKNOWN_CLOSING,
    WHOLE_PROVINCE_ONLY,
    WINDOW_NOT_OVER,
)
from services.gateway.routes.schemas.parameters import Cursor, Limit, UnitId
from services.gateway.routes.schemas.problem_examples import (
    INVALID_CURSOR,
    PASSED_ON,
    UNKNOWN_UNIT,
)

router = APIRouter(prefix="/v1/closings", tags=["closings"])

Reader = Annotated[Client, allowed("ratios:read")]
Closer = Annotated[Client, allowed("closings:write")]
WindowPath = Annotated[ClosedWindow, Path(description="loại kỳ")]
FirstDayPath = Annotated[date, Path(description="ngày đầu của kỳ")]


@router.get(
    "",
    operation_id="listClosings",
    summary="Các kỳ đã chốt",
    responses={**gives(200, ClosingList, "Mọi kỳ, mới nhất trước"), **refuses(*PASSED_ON)},
)
async def list_closings(request: Request, client: Reader) -> Response:
    """Kỳ nào, khóa lúc nào, do ai, mã băm nào."""
    return await pass_on("ratio", request, client)


@router.get(
    "/{window}/{first_day}",
    operation_id="getClosing",
    summary="Một kỳ đã chốt",
    responses={
        **gives(200, Closing, "Các con số đã đóng băng"),
        **refuses(UNKNOWN_CLOSING, INVALID_FIRST_DAY, *PASSED_ON),
    },
)
async def get_closing(
    request: Request, client: Reader, window: WindowPath, first_day: FirstDayPath
) -> Response:
    """Các con số đã báo cáo, và số tin đã khác từ đó. Khóa chỉ thấy một số đơn vị thì chỉ thấy số
    của các đơn vị ấy."""
    return await pass_on("ratio", request, client)


@router.put(
    "/{window}/{first_day}",
    operation_id="closeWindow",
    summary="Chốt số liệu một kỳ",
    responses={
        **gives(201, Closing, "Đã chốt"),
        **gives(200, Closing, "Đã chốt từ trước; lần đầu đứng"),
        **gives(202, Closing, "Nhật ký đã nhận lần chốt này"),
        **refuses(WHOLE_PROVINCE_ONLY, WINDOW_NOT_OVER, INVALID_FIRST_DAY, *PASSED_ON),
    },
)
async def close_window(
    request: Request, client: Closer, window: WindowPath, first_day: FirstDayPath
) -> Response:
    """Chỉ khóa thấy toàn tỉnh, chỉ kỳ đã qua. Số liệu được đóng băng với mã băm mà ai cũng tính lại
    được từ nhật ký; thay đổi về sau được liệt kê là đính chính."""
    return await pass_on("ratio", request, client)


@router.get(
    "/{window}/{first_day}/corrections",
    operation_id="listCorrections",
    summary="Các tin đã khác từ lúc chốt",
    responses={
        **gives(200, CorrectionPage, "Một trang tin, theo mã", "Link"),
        **refuses(
            UNKNOWN_CLOSING,
            INVALID_FIRST_DAY,
            UNKNOWN_UNIT,
            INVALID_CURSOR,
            TOO_MANY_PAGES,
            *PASSED_ON,
        ),
    },
)
async def list_corrections(
    request: Request,
    client: Reader,
    window: WindowPath,
    first_day: FirstDayPath,
    unit_id: UnitId = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Duyệt lại, gỡ, đưa trở lại, đến muộn, bản mới, mô hình mới: trước thế nào, nay thế nào."""
    return await pass_on_list("ratio", request, client)
