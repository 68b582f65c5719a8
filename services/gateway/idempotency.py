"""`Idempotency-Key` on POST: the same call with the same key has one effect and one answer.

In: a call and how to do it. Out: its answer, new or kept. Answers 429 and 5xx are never kept: the
call may be repeated with the same key. Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from fastapi import Response

from services.gateway.store import idempotency as store
from services.gateway.store.idempotency import Answer, Call, Kept
from shared.postgres import GONE, Pool
from shared.problems import Refusal, Unavailable

log = structlog.get_logger()

LENGTH_MAX = 255
# Those that a response makes of its body and media type by itself.
_MADE_ANEW = ("content-length", "content-type")


class IdempotencyKeyInvalid(Refusal):
    """The header is empty or too long."""

    http_status, slug, title = 400, "idempotency-key-invalid", "Idempotency-Key không hợp lệ"
    parameter = "Idempotency-Key"


class IdempotencyKeyInUse(Refusal):
    """The first call with this key is still running."""

    http_status, slug, title = 409, "idempotency-key-in-use", "Yêu cầu cùng khóa đang chạy"
    parameter = "Idempotency-Key"


class IdempotencyKeyReused(Refusal):
    """The key came with another body before."""

    http_status, slug, title = 422, "idempotency-key-reused", "Khóa đã dùng cho nội dung khác"
    parameter = "Idempotency-Key"


def read_header(header: str) -> str:
    """The key, quoted or bare. Raises IdempotencyKeyInvalid."""
    key = header.strip().removeprefix('"').removesuffix('"')
    if not key or len(key) > LENGTH_MAX:
        raise IdempotencyKeyInvalid(f"Idempotency-Key phải có từ 1 đến {LENGTH_MAX} ký tự.")
    return key


async def once(
    pool: Pool, call: Call, body: bytes, act: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the call, unless it was done: then the kept answer.

    Raises IdempotencyKeyInUse, IdempotencyKeyReused, Unavailable.
    """
    try:
        async with pool.acquire(timeout=2) as connection:
            claimed = await store.claim(connection, call, hashlib.sha256(body).digest())
    except GONE as error:
        raise Unavailable("Chưa ghi được Idempotency-Key; hãy gửi lại sau ít giây.") from error
    if isinstance(claimed, Kept):
        return _replay(claimed)
    try:
        answer = await act()
    except BaseException:
        await _note(pool, call, claimed, None)
        raise
    await _note(pool, call, claimed, answer)
    return answer


async def _note(pool: Pool, call: Call, claimed: datetime, answer: Response | None) -> None:
    """Keep the answer, or free the key if the call may be repeated. If the database is away just
    now the key stays claimed for a while; what was done is done, and must be told."""
    try:
        async with pool.acquire(timeout=2) as connection:
            if answer is None or answer.status_code == 429 or answer.status_code >= 500:
                await store.forget(connection, call, claimed)
            else:
                await store.keep(connection, call, claimed, _kept(answer))
    except GONE as error:
        log.warning("idempotency_not_noted", error=repr(error))


def _kept(answer: Response) -> Answer:
    """What a repetition gets: all but what the gateway puts on every answer later, such as the
    request id, which is of the repetition."""
    headers = {name: value for name, value in answer.headers.items() if name not in _MADE_ANEW}
    media_type = answer.headers.get("content-type")
    return Answer(answer.status_code, media_type, headers, bytes(answer.body))


def _replay(kept: Kept) -> Response:
    if not kept.same_body:
        raise IdempotencyKeyReused(
            "Idempotency-Key này đã dùng cho một nội dung khác; hãy dùng khóa mới cho yêu cầu mới."
        )
    if kept.answer is None:
        raise IdempotencyKeyInUse(
            "Yêu cầu đầu tiên với Idempotency-Key này còn đang chạy; hãy thử lại sau ít giây.",
            headers={"Retry-After": "2"},
        )
    headers = {**kept.answer.headers, "Idempotency-Replayed": "true"}
    return Response(kept.answer.body, kept.answer.http_status, headers, kept.answer.media_type)
