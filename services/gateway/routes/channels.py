"""HTTP in: channels that published regularly and went quiet."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas.answers import gives, refuses
from services.gateway.routes.schemas.channels import QuietChannelList
from services.gateway.routes.schemas.parameters import UnitId
from services.gateway.routes.schemas.problem_examples import PASSED_ON, UNKNOWN_UNIT

router = APIRouter(prefix="/v1/channels", tags=["ratios"])


@router.get(
    "/silent",
    operation_id="listSilentChannels",
    summary="Các kênh đang im lặng",
    responses={
        **gives(200, QuietChannelList, "Kênh, và tin cuối cùng của nó"),
        **refuses(UNKNOWN_UNIT, *PASSED_ON),
    },
)
async def list_silent_channels(
    request: Request,
    client: Annotated[Client, allowed("ratios:read")],
    unit_id: UnitId = None,
) -> Response:
    """Kênh đăng đều rồi ngừng lâu gấp đôi bình thường: có thể hệ thống gửi tin đã hỏng, và tỉ lệ
    của đơn vị khi đó thiếu tin."""
    return await pass_on("ratio", request, client)
