"""HTTP in: posts, one or many. The answer is 202 only when the log has them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from services.ingest.acceptance import Accepted, Result
from services.ingest.bodies import POSTS_MAX, read_batch, read_one
from services.ingest.domain.drafts import PostDraft
from services.ingest.routes import AcceptanceDep, BodyDep, MediaTypeDep, UnitsDep
from shared import metrics
from shared.problems import Refusal, Unavailable

router = APIRouter(prefix="/v1", tags=["posts"])

_DRAFT = PostDraft.model_json_schema()
_ONE_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _DRAFT}}}}
_BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": POSTS_MAX,
                    "items": _DRAFT,
                }
            },
            "application/x-ndjson": {"schema": {"type": "string", "description": "a post a line"}},
        },
    }
}


class AllRejected(Refusal):
    """No post of the batch was right."""

    http_status, slug, title = 422, "all-posts-rejected", "Không tin nào được chấp nhận"


class BatchInterrupted(Unavailable):
    """The log or the database fell silent; `results` tells which posts are accepted."""


@router.post("/posts", status_code=202, summary="Gửi một tin", openapi_extra=_ONE_BODY)
async def accept_post(
    body: BodyDep,
    acceptance: AcceptanceDep,
    units: UnitsDep,
    content_type: MediaTypeDep = "",
    validate_only: bool = False,
) -> Response:
    """Send one post. With `validate_only` it is checked and not sent: 200."""
    try:
        draft = read_one(body, content_type, PostDraft)
    except Refusal as refusal:
        if not validate_only:
            metrics.POSTS_REFUSED.labels(refusal.slug).inc()
        raise
    take = acceptance.check if validate_only else acceptance.accept
    (result,) = await take([draft], units)
    if isinstance(result, Refusal):
        raise result
    return _json(result.document(), 200 if validate_only else 202)


@router.post("/posts/batch", status_code=202, summary="Gửi nhiều tin", openapi_extra=_BATCH_BODY)
async def accept_batch(
    request: Request,
    body: BodyDep,
    acceptance: AcceptanceDep,
    units: UnitsDep,
    content_type: MediaTypeDep = "",
    validate_only: bool = False,
) -> Response:
    """Send up to 1,000 posts; each gets its own result, in order, and sinks no other."""
    items = read_batch(body, content_type)
    take = acceptance.check if validate_only else acceptance.accept
    results = await take(items, units)
    answer = _answer(results, request)
    if any(isinstance(result, Unavailable) for result in results):
        raise BatchInterrupted(
            "Nhật ký hoặc cơ sở dữ liệu chưa trả lời; results cho biết tin nào đã được nhận. "
            "Hãy gửi lại cả lô: tin đã nhận không bị tính hai lần.",
            members=answer,
        )
    if answer["rejected"] == len(results):
        raise AllRejected(
            "Không tin nào trong lô hợp lệ; lý do của từng tin ở results.", members=answer
        )
    return _json(answer, 200 if validate_only else 202)


def _answer(results: Sequence[Result], request: Request) -> dict[str, Any]:
    taken = [result for result in results if isinstance(result, Accepted)]
    duplicates = sum(result.duplicate for result in taken)
    return {
        "accepted": len(taken) - duplicates,
        "duplicate": duplicates,
        "rejected": len(results) - len(taken),
        "results": [_result(result, at, request) for at, result in enumerate(results)],
    }


def _result(result: Result, position: int, request: Request) -> dict[str, Any]:
    if isinstance(result, Accepted):
        return result.document()
    prefix = f"/{position}"
    base_url: str = request.app.state.public_base_url
    return {"problem": result.document(request.state.request_id, base_url, prefix)}


def _json(answer: dict[str, Any], http_status: int) -> Response:
    return Response(msgspec.json.encode(answer), http_status, media_type="application/json")
