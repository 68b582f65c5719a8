"""What was answered under an idempotency key.

In: who called what with which key and body. Out: free to go on, still running, or the answer that
was given the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record as Row

from shared.postgres import Connection

_headers = msgspec.json.Decoder(dict[str, str])

# A call that runs longer died with its process: the key may be used again.
CLAIM = """
    INSERT INTO gateway.idempotency AS i (client_id, method, path, idempotency_key, body_sha256)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (client_id, method, path, idempotency_key) DO UPDATE SET
        body_sha256 = excluded.body_sha256, started_at = clock_timestamp(),
        http_status = NULL, media_type = NULL, headers = '{}', body = NULL
    WHERE i.started_at < clock_timestamp() - interval '24 hours'
        OR (i.http_status IS NULL AND i.started_at < clock_timestamp() - interval '90 seconds'
            AND i.body_sha256 = excluded.body_sha256)
    RETURNING started_at"""
READ = """
    SELECT body_sha256, http_status, media_type, headers, body FROM gateway.idempotency
    WHERE client_id = $1 AND method = $2 AND path = $3 AND idempotency_key = $4"""
_SAME = """client_id = $1 AND method = $2 AND path = $3 AND idempotency_key = $4
        AND started_at = $5"""
KEEP = f"""
    UPDATE gateway.idempotency SET http_status = $6, media_type = $7, headers = $8, body = $9
    WHERE {_SAME}"""
FORGET = f"DELETE FROM gateway.idempotency WHERE {_SAME}"
FORGET_OLD = """
    DELETE FROM gateway.idempotency WHERE started_at < clock_timestamp() - interval '24 hours'"""


@dataclass(frozen=True, slots=True)
class Call:
    """What makes two calls the same; `path` with its query."""

    client_id: UUID
    method: str
    path: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client got; `headers` beside the media type."""

    http_status: int
    media_type: str | None
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """An earlier call with the key; `answer` None: it is still running."""

    same_body: bool
    answer: Answer | None


async def claim(connection: Connection, call: Call, body_sha256: bytes) -> datetime | Kept:
    """The moment that marks the call as ours, or the earlier call with this key."""
    place = (call.client_id, call.method, call.path, call.idempotency_key)
    while True:
        started_at = await connection.fetchval(CLAIM, *place, body_sha256)
        if started_at is not None:
            return started_at
        row = await connection.fetchrow(READ, *place)
        # None: it failed and was forgotten between the two statements, so the key is free.
        if row is not None:
            return Kept(row["body_sha256"] == body_sha256, _answer(row))


def _answer(row: Row) -> Answer | None:
    if row["http_status"] is None:
        return None
    headers = _headers.decode(row["headers"])
    return Answer(row["http_status"], row["media_type"], headers, row["body"])


async def keep(connection: Connection, call: Call, started_at: datetime, answer: Answer) -> None:
    """Keep the answer for whoever repeats the call."""
    place = (call.client_id, call.method, call.path, call.idempotency_key, started_at)
    headers = msgspec.json.encode(answer.headers).decode()
    await connection.execute(
        KEEP, *place, answer.http_status, answer.media_type, headers, answer.body
    )


async def forget(connection: Connection, call: Call, started_at: datetime) -> None:
    """Free the key: the call may succeed when it is repeated."""
    place = (call.client_id, call.method, call.path, call.idempotency_key, started_at)
    await connection.execute(FORGET, *place)


async def forget_old(connection: Connection) -> None:
    """Remove what is older than a day."""
    await connection.execute(FORGET_OLD)
