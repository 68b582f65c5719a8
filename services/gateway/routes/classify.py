"""HTTP in: texts to be judged at once, without a trace in the counts."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas.answers import body_of, gives, refuses
from services.gateway.routes.schemas.classify import ClassifyAnswers, ClassifyDraft
from services.gateway.routes.schemas.problem_examples import PASSED_ON

router = APIRouter(prefix="/v1", tags=["classify"])


@router.post(
    "/classify",
    operation_id="classify",
    summary="Phân loại thử tối đa 256 văn bản",
    responses={
        **gives(200, ClassifyAnswers, "Nhãn, xác suất và các từ có sức nặng"),
        **refuses(*PASSED_ON),
    },
    openapi_extra=body_of(ClassifyDraft),
)
async def classify(request: Request, client: Annotated[Client, allowed("classify")]) -> Response:
    """Không ghi vào sổ cái: để thử trước khi đăng, hoặc để hiểu một phán định."""
    return await pass_on("classify", request, client)
