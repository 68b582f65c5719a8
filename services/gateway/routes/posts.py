"""HTTP in: posts to ingest, what became of them from ratio."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on
from services.gateway.routes.schemas import (
    Accepted,
    BatchResult,
    Changed,
    PostDraft,
    PostPage,
    PostWithHistory,
    ReviewDraft,
    answers,
    body_of,
)
from shared.contracts import Label

router = APIRouter(prefix="/v1", tags=["posts"])

Writer = Annotated[Client, Depends(allowed("posts:write"))]
Reader = Annotated[Client, Depends(allowed("posts:read"))]
Reviewer = Annotated[Client, Depends(allowed("reviews:write"))]


@router.post(
    "/posts",
    operation_id="sendPost",
    summary="Gửi một tin",
    status_code=202,
    responses=answers(202, Accepted, "Nhật ký đã nhận", 400, 409, 413),
    openapi_extra=body_of(PostDraft),
)
async def send_post(request: Request, client: Writer, validate_only: bool = False) -> Response:
    """202 nghĩa là nhật ký đã giữ tin. Gửi lại cùng nội dung không làm thay đổi gì; gửi nội dung
    khác là một bản mới, được phân loại lại. `validate_only=true` chỉ kiểm tra, không gửi."""
    return await pass_on("ingest", request, client)


@router.post(
    "/posts/batch",
    operation_id="sendPosts",
    summary="Gửi đến 1.000 tin",
    status_code=202,
    responses=answers(202, BatchResult, "Kết quả từng tin, đúng thứ tự", 400, 409, 413),
    openapi_extra=body_of(PostDraft, batch=True),
)
async def send_posts(request: Request, client: Writer, validate_only: bool = False) -> Response:
    """Mảng JSON hoặc NDJSON (mỗi dòng một tin). Một tin sai không làm hỏng các tin khác."""
    return await pass_on("ingest", request, client)


@router.get(
    "/posts",
    operation_id="listPosts",
    summary="Các tin đứng sau một con số",
    responses=answers(200, PostPage, "Một trang tin, mới nhất trước"),
)
async def list_posts(
    request: Request,
    client: Reader,
    unit_id: str | None = None,
    channel_id: str | None = None,
    label: Label | None = None,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    needs_review: bool | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Lọc theo đơn vị, kênh, nhãn, ngày (`from`, `to` đều tính), cần duyệt lại."""
    return await pass_on("ratio", request, client)


@router.get(
    "/posts/{post_id}",
    operation_id="getPost",
    summary="Một tin và lịch sử phán định",
    responses=answers(200, PostWithHistory, "Tin trong sổ cái", 404),
)
async def get_post(request: Request, client: Reader, post_id: UUID) -> Response:
    """Phán định đang đứng, do ai, khi nào; cùng mọi phán định trước đó."""
    return await pass_on("ratio", request, client)


@router.delete(
    "/posts/{post_id}",
    operation_id="withdrawPost",
    summary="Gỡ một tin khỏi các con số",
    responses=answers(200, Changed, "Tin và tỉ lệ tháng đã tính lại", 404),
)
async def withdraw_post(request: Request, client: Writer, post_id: UUID) -> Response:
    """Tin không còn được đếm nhưng vẫn nằm trong sổ cái với ngày gỡ."""
    return await pass_on("ratio", request, client)


@router.post(
    "/posts/{post_id}/review",
    operation_id="reviewPost",
    summary="Duyệt lại nhãn của một tin",
    responses=answers(200, Changed, "Tin và tỉ lệ tháng đã tính lại", 400, 404, 409),
    openapi_extra=body_of(ReviewDraft),
)
async def review_post(request: Request, client: Reviewer, post_id: UUID) -> Response:
    """Nhãn của người duyệt đứng trên nhãn của mô hình; câu trả lời đã mang con số mới."""
    return await pass_on("ratio", request, client)
