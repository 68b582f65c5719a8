"""HTTP in: what people decide on one post. Ratio sends it into the log and counts it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas.answers import asks, body_of, gives, refuses
from services.gateway.routes.schemas.decision_examples import (
    NO_REVIEW,
    NOT_JUDGED,
    POST_CHANGED,
    POST_WITHDRAWN,
)
from services.gateway.routes.schemas.posts import Changed, Redacted, RedactionDraft, ReviewDraft
from services.gateway.routes.schemas.problem_examples import (
    INVALID_BODY,
    PASSED_ON,
    UNKNOWN_POST,
)

router = APIRouter(prefix="/v1/posts/{post_id}", tags=["posts"])

Writer = Annotated[Client, allowed("posts:write")]
Reviewer = Annotated[Client, allowed("reviews:write")]
PostPath = Annotated[UUID, Path(description="như `POST /v1/posts` đã trả lời")]
_CHANGED = {
    **gives(200, Changed, "Tin và tỉ lệ tháng đã tính lại", "ETag"),
    **gives(202, Changed, "Nhật ký đã nhận; con số trong câu trả lời chưa tính lại", "ETag"),
}
_ON_A_POST = (UNKNOWN_POST, POST_CHANGED, *PASSED_ON)


@router.delete(
    "",
    operation_id="withdrawPost",
    summary="Gỡ một tin khỏi các con số",
    responses={**_CHANGED, **refuses(*_ON_A_POST)},
    openapi_extra=asks("IfMatchOfPost"),
)
async def withdraw_post(request: Request, client: Writer, post_id: PostPath) -> Response:
    """Tin không còn được đếm nhưng vẫn nằm trong sổ cái với ngày gỡ. Gỡ lần nữa không làm thay
    đổi gì."""
    return await pass_on("ratio", request, client)


@router.post(
    "/restore",
    operation_id="restorePost",
    summary="Đưa một tin đã gỡ trở lại",
    responses={**_CHANGED, **refuses(*_ON_A_POST)},
    openapi_extra=asks("IfMatchOfPost"),
)
async def restore_post(request: Request, client: Writer, post_id: PostPath) -> Response:
    """Tin lại được đếm như trước khi gỡ. Tin không bị gỡ thì không có gì thay đổi."""
    return await pass_on("ratio", request, client)


@router.post(
    "/review",
    operation_id="reviewPost",
    summary="Duyệt lại nhãn của một tin",
    responses={
        **_CHANGED,
        **refuses(*_ON_A_POST, POST_WITHDRAWN, NOT_JUDGED, INVALID_BODY),
    },
    openapi_extra=body_of(ReviewDraft, "IfMatchOfPost"),
)
async def review_post(request: Request, client: Reviewer, post_id: PostPath) -> Response:
    """Nhãn của người duyệt đứng trên nhãn của mô hình; câu trả lời đã mang con số mới. Lượt duyệt
    sau đứng trên lượt duyệt trước. Hai người cùng duyệt: gửi `If-Match` để không ai đè lên ai mà
    không biết."""
    return await pass_on("ratio", request, client)


@router.delete(
    "/review",
    operation_id="withdrawReview",
    summary="Rút lại lượt duyệt đang đứng",
    responses={**_CHANGED, **refuses(*_ON_A_POST, NO_REVIEW)},
    openapi_extra=asks("IfMatchOfPost"),
)
async def withdraw_review(
    request: Request,
    client: Reviewer,
    post_id: PostPath,
    reason: Annotated[str, Query(max_length=2_000, description="vì sao rút lại")] = "",
) -> Response:
    """Phán định trước đó lại đứng: lượt duyệt trước, hoặc nhãn của mô hình."""
    return await pass_on("ratio", request, client)


@router.post(
    "/redaction",
    operation_id="redactPost",
    summary="Ẩn tiêu đề và địa chỉ của một tin",
    responses={
        **gives(200, Redacted, "Đã ẩn", "ETag"),
        **gives(202, Redacted, "Nhật ký đã nhận; câu trả lời còn chưa ẩn", "ETag"),
        **refuses(UNKNOWN_POST, INVALID_BODY, *PASSED_ON),
    },
    openapi_extra=body_of(RedactionDraft),
)
async def redact_post(request: Request, client: Reviewer, post_id: PostPath) -> Response:
    """Theo pháp luật về dữ liệu cá nhân: tiêu đề và địa chỉ không còn hiện ra hay tìm thấy ở đâu,
    kể cả sau khi tin được gửi lại. Tin vẫn được đếm; không hoàn tác được."""
    return await pass_on("ratio", request, client)
