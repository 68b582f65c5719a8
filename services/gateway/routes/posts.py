"""HTTP in: posts to ingest, what became of them from ratio."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.domain.access import Client
from services.gateway.routes import allowed, pass_on, pass_on_list
from services.gateway.routes.schemas.answers import batch_of, body_of, gives, refuses
from services.gateway.routes.schemas.decision_examples import INVALID_WINDOW, TOO_MANY_PAGES
from services.gateway.routes.schemas.parameters import (
    AsOf,
    Cursor,
    FirstDay,
    IncludeUnits,
    LastDay,
    Limit,
    UnitId,
    ValidateOnly,
)
from services.gateway.routes.schemas.posts import (
    LINES,
    Accepted,
    BatchResult,
    PostDraft,
    PostPage,
    PostWithHistory,
)
from services.gateway.routes.schemas.problem_examples import (
    BATCH,
    INVALID_CHARACTER,
    INVALID_CURSOR,
    INVALID_URL,
    PASSED_ON,
    POST_RULES,
    UNKNOWN_POST,
)
from shared.contracts import ID_PATTERN, Action, Format, Label, NegativeTopic

router = APIRouter(prefix="/v1", tags=["posts"])

Writer = Annotated[Client, allowed("posts:write")]
Reader = Annotated[Client, allowed("posts:read")]
PostPath = Annotated[UUID, Path(description="như `POST /v1/posts` đã trả lời")]


@router.post(
    "/posts",
    operation_id="sendPost",
    summary="Gửi một tin",
    status_code=202,
    responses={
        **gives(202, Accepted, "Nhật ký đã nhận, hoặc đã có sẵn (`duplicate`)"),
        **gives(200, Accepted, "`validate_only`: tin hợp lệ, chưa gửi"),
        **refuses(*POST_RULES, INVALID_URL, INVALID_CHARACTER, *PASSED_ON),
    },
    openapi_extra=body_of(PostDraft),
)
async def send_post(
    request: Request, client: Writer, validate_only: ValidateOnly = False
) -> Response:
    """202 nghĩa là nhật ký đã giữ tin. Gửi lại cùng nội dung không làm thay đổi gì; gửi nội dung
    khác là một bản mới, được phân loại lại. `validate_only=true` chỉ kiểm tra, không gửi."""
    return await pass_on("ingest", request, client)


@router.post(
    "/posts/batch",
    operation_id="sendPosts",
    summary="Gửi đến 1.000 tin",
    status_code=202,
    responses={
        **gives(202, BatchResult, "Ít nhất một tin được nhận; kết quả từng tin, đúng thứ tự"),
        **gives(200, BatchResult, "`validate_only`: kết quả kiểm tra, chưa gửi"),
        **refuses(*BATCH, *PASSED_ON),
    },
    openapi_extra=batch_of(PostDraft, 1_000, LINES),
)
async def send_posts(
    request: Request, client: Writer, validate_only: ValidateOnly = False
) -> Response:
    """Mảng JSON hoặc NDJSON (mỗi dòng một tin), tối đa 1.000 tin và 8 MiB. Một tin sai không làm
    hỏng các tin khác; mọi tin đều sai là 422. Nhật ký ngừng giữa chừng là 503 với `results` cho
    biết tin nào đã được nhận: hãy gửi lại cả lô."""
    return await pass_on("ingest", request, client)


@router.get(
    "/posts",
    operation_id="listPosts",
    summary="Các tin đứng sau một con số",
    responses={
        **gives(200, PostPage, "Một trang tin, mới nhất trước", "Link"),
        **refuses(INVALID_CURSOR, INVALID_WINDOW, TOO_MANY_PAGES, *PASSED_ON),
    },
)
async def list_posts(
    request: Request,
    client: Reader,
    unit_id: UnitId = None,
    include: IncludeUnits = None,
    channel_id: Annotated[str | None, Query(pattern=ID_PATTERN, description="một kênh")] = None,
    label: Annotated[Label | None, Query(description="nhãn đang đứng")] = None,
    topic: Annotated[NegativeTopic | None, Query(description="chủ đề tiêu cực")] = None,
    action: Annotated[Action | None, Query(description="đăng hay chia sẻ")] = None,
    post_format: Annotated[Format | None, Query(alias="format", description="dạng của tin")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    needs_review: Annotated[
        bool | None, Query(description="độ tin cậy thấp và chưa ai duyệt")
    ] = None,
    withdrawn: Annotated[bool, Query(description="chỉ tin đã gỡ, thay vì chỉ tin chưa gỡ")] = False,
    q: Annotated[
        str | None,
        Query(
            max_length=500,
            description="tìm trong tiêu đề: mọi từ đều phải có; từ không dấu tìm cả từ có dấu",
        ),
    ] = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Tin của các kênh mà đơn vị sở hữu vào ngày đăng, lọc như các con số được chia. Tin đã gỡ chỉ
    có với `withdrawn=true`, và ở `GET /v1/posts/{post_id}`."""
    return await pass_on_list("ratio", request, client)


@router.get(
    "/posts/{post_id}",
    operation_id="getPost",
    summary="Một tin và lịch sử phán định",
    responses={
        **gives(200, PostWithHistory, "Tin trong sổ cái; `ETag` dùng cho `If-Match`", "ETag"),
        **refuses(UNKNOWN_POST, *PASSED_ON),
    },
)
async def get_post(request: Request, client: Reader, post_id: PostPath) -> Response:
    """Phán định đang đứng, do ai, khi nào; cùng mọi phán định trước đó."""
    return await pass_on("ratio", request, client)
