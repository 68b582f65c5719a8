"""HTTP in: texts to be judged at once, without a trace in the counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas import ClassifyAnswers, ClassifyDraft, answers, body_of

router = APIRouter(prefix="/v1", tags=["classify"])


@router.post(
    "/classify",
    operation_id="classify",
    summary="Phân loại thử tối đa 256 văn bản",
    responses=answers(200, ClassifyAnswers, "Nhãn, xác suất và các từ có sức nặng", 400, 409, 413),
    openapi_extra=body_of(ClassifyDraft),
)
async def classify(
    request: Request, client: Annotated[Client, Depends(allowed("classify"))]
) -> Response:
    """Không ghi vào sổ cái: để thử trước khi đăng, hoặc để hiểu một phán định."""
    return await pass_on("classify", request, client)
