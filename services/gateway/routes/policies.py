"""HTTP in: the limits, which the centre sets for the whole province."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas.answers import body_of, gives, refuses
from services.gateway.routes.schemas.decision_examples import INVALID_POLICY, WHOLE_PROVINCE_ONLY
from services.gateway.routes.schemas.policies import PolicyDraft, PolicyList, PolicySet
from services.gateway.routes.schemas.problem_examples import DATES_REVERSED, PASSED_ON
from shared.contracts import ID_PATTERN

router = APIRouter(prefix="/v1/policies", tags=["policies"])

Reader = Annotated[Client, allowed("ratios:read")]
Writer = Annotated[Client, allowed("policies:write")]


@router.get(
    "",
    operation_id="listPolicies",
    summary="Các ngưỡng",
    responses={**gives(200, PolicyList, "Mọi ngưỡng"), **refuses(*PASSED_ON)},
)
async def list_policies(request: Request, client: Reader) -> Response:
    """Ngưỡng của đơn vị đứng trước ngưỡng của loại đơn vị, rồi đến ngưỡng chung; mỗi câu trả lời
    có tỉ lệ đều nêu ngưỡng đã dùng."""
    return await pass_on("ratio", request, client)


@router.put(
    "/{policy_id}",
    operation_id="putPolicy",
    summary="Đặt một ngưỡng",
    responses={
        **gives(200, PolicySet, "Đã đặt; các con số theo ngay"),
        **gives(202, PolicySet, "Nhật ký đã nhận; các con số sẽ theo sau"),
        **refuses(WHOLE_PROVINCE_ONLY, INVALID_POLICY, DATES_REVERSED, *PASSED_ON),
    },
    openapi_extra=body_of(PolicyDraft),
)
async def put_policy(
    request: Request,
    client: Writer,
    policy_id: Annotated[
        str, Path(pattern=ID_PATTERN, description="mã do địa phương đặt; `cong-van-830`: có sẵn")
    ],
) -> Response:
    """Chỉ khóa thấy toàn tỉnh. Đặt lại cùng mã thay ngưỡng cũ; cùng nội dung thì không có gì thay
    đổi. Ngưỡng của ngày cuối kỳ được dùng cho cả kỳ."""
    return await pass_on("ratio", request, client)
