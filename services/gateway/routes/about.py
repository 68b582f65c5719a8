"""HTTP in: what a key may do, and the pages that problem types point to."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from services.gateway.admission import Admission
from services.gateway.domain.access import Client
from services.gateway.routes import allowed
from services.gateway.routes.schemas.about import Me
from services.gateway.routes.schemas.answers import gives, refuses
from services.gateway.routes.schemas.problem_examples import NO_PAGE
from services.gateway.settings import Settings
from shared.problems import NotFound

router = APIRouter(tags=["about"])

_SLUG = re.compile(r"[a-z0-9-]{1,60}")
MARKDOWN = "text/markdown; charset=utf-8"
_PAGE = "# Lô rỗng\n\n`empty-batch`\n\n## Điều gì đã xảy ra\n\nLô không có tin nào.\n"


@router.get(
    "/v1/me",
    operation_id="getMe",
    summary="Khóa này là của ai, được làm gì",
    responses=gives(200, Me, "Quyền, đơn vị và hạn mức của khóa"),
)
async def get_me(request: Request, client: Annotated[Client, allowed()]) -> dict[str, Any]:
    """Thử khóa mà không đụng đến dữ liệu nào."""
    admission: Admission = request.state.admission
    quota = admission.quota()
    return {
        "client": client.name,
        "scopes": sorted(client.scopes),
        "unit_ids": None if client.unit_ids is None else sorted(client.unit_ids),
        "quota": {"requests": quota.requests, "seconds": quota.seconds, "burst": quota.burst},
    }


@router.get(
    "/problems/{slug}",
    operation_id="getProblem",
    summary="Trang giải thích một lỗi",
    response_class=Response,
    responses={
        200: {
            "description": "Trang Markdown",
            "content": {MARKDOWN: {"schema": {"type": "string"}, "example": _PAGE}},
        },
        **refuses(NO_PAGE),
    },
)
async def get_problem(
    request: Request, slug: Annotated[str, Path(description="`code` của lỗi")]
) -> Response:
    """Chuyện gì đã xảy ra và sửa thế nào; địa chỉ này là `type` của lỗi."""
    settings: Settings = request.state.settings
    file = settings.problem_pages / f"{slug}.md"
    if not _SLUG.fullmatch(slug) or not file.is_file():
        raise NotFound(f"Không có trang cho lỗi {slug}.")
    return Response(file.read_bytes(), media_type=MARKDOWN)
