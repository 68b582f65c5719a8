"""HTTP in: the posts behind the figures; reviews and withdrawals, log first.

A review goes into the log, and the answer waits until this process has applied it: the counts in
the answer already hold it, and no reader can ever see counts that the log does not explain.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

import msgspec
from asyncpg import Record as Row
from fastapi import APIRouter, Header, Query, Response
from kafka import TopicPartition
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.ratio.domain.window import window_at
from services.ratio.routes import (
    ClientDep,
    PoolDep,
    ProducerDep,
    ProgressDep,
    SettingsDep,
    UnitsDep,
)
from services.ratio.routes.ratios import check_days, ratio_of
from services.ratio.store import figures, posts, registry
from shared.contracts import ID_NAMESPACE, Label, LedgerRecord, NegativeTopic, Review, Withdrawal
from shared.cursors import InvalidCursor, read_cursor, write_cursor
from shared.local_time import utc_now
from shared.postgres import Connection, Pool
from shared.problems import NotFound, Refusal, Unavailable
from shared.producer import Producer, SendError
from shared.topics import VERDICTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1", tags=["posts"])

LIMIT_MAX = 200


class UnknownPost(NotFound):
    """The log has not told of the post, or the client may not see it."""

    slug, title, parameter = "unknown-post", "Không có tin này", "post_id"


class PostWithdrawn(Refusal):
    """A withdrawn post counts nowhere: there is nothing to review."""

    http_status, slug, title = 409, "post-withdrawn", "Tin đã được gỡ"


class ReviewDraft(BaseModel):
    """A person's decision on a post."""

    model_config = ConfigDict(extra="forbid")

    label: Label = Field(examples=["trung_tinh"])
    topic: NegativeTopic | None = Field(default=None, examples=[None])
    reason: str = Field(
        min_length=1, max_length=2_000, examples=["Bài cảnh báo, không nêu vụ việc cụ thể."]
    )

    @model_validator(mode="after")
    def topic_needs_negative_label(self) -> "ReviewDraft":
        """Only a negative post has a topic."""
        if self.topic is not None and self.label != "tieu_cuc":
            raise ValueError("Chỉ nhãn tieu_cuc mới có topic; hãy bỏ topic hoặc sửa label.")
        return self


@router.get("/posts/{post_id}", summary="Một tin, phán định đang đứng và lịch sử")
async def get_post(post_id: UUID, pool: PoolDep, units: UnitsDep) -> Response:
    """The ledger's entry of one post with every decision that was ever taken on it."""
    async with pool.acquire() as connection:
        return _json(await _post_answer(connection, post_id, units))


@router.get("/posts", summary="Danh sách tin, mới nhất trước")
async def list_posts(
    pool: PoolDep,
    units: UnitsDep,
    unit_id: str | None = None,
    channel_id: str | None = None,
    label: Label | None = None,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    needs_review: bool | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Posts that stand and match all filters; `next_cursor` leads on."""
    check_days(first_day, last_day)
    seen = units if unit_id is None else [unit_id] if units is None or unit_id in units else []
    wanted = posts.Filter(seen, channel_id, label, first_day, last_day, needs_review)
    after = _read_cursor(cursor, wanted) if cursor else None
    count = min(limit, LIMIT_MAX)
    async with pool.acquire() as connection:
        rows = await posts.list_posts(connection, wanted, after, count + 1)
    more = len(rows) > count
    last = rows[count - 1] if more else None
    return _json(
        {
            "items": [_row_answer(row) for row in rows[:count]],
            "next_cursor": _cursor(last, wanted) if last else None,
        }
    )


@router.post("/posts/{post_id}/review", summary="Duyệt lại một tin")
async def review_post(
    post_id: UUID,
    draft: ReviewDraft,
    pool: PoolDep,
    producer: ProducerDep,
    progress: ProgressDep,
    settings: SettingsDep,
    units: UnitsDep,
    client: ClientDep,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """A person's label, which outranks any model's; the answer shows the new counts."""
    async with pool.acquire() as connection:
        row = await _visible(connection, post_id, units)
    if row["withdrawn_at"] is not None:
        raise PostWithdrawn("Tin này đã được gỡ nên không còn được tính; không cần duyệt lại.")
    review = Review(
        review_id=_review_id(client, post_id, idempotency_key),
        post_id=post_id,
        revision=row["revision"],
        received_at=row["received_at"],
        channel_id=row["channel_id"],
        published_at=row["published_at"],
        local_day=row["local_day"],
        action=row["action"],
        format=row["format"],
        label=draft.label,
        topic=draft.topic,
        decided_by=client,
        decided_at=utc_now(),
        reason=draft.reason,
    )
    counted = await _send(review, producer, progress, settings.read_your_write_seconds)
    return await _changed(pool, post_id, units, counted)


def _review_id(client: str, post_id: UUID, idempotency_key: str | None) -> UUID:
    """The same for the same call: a review whose answer was lost is not taken twice."""
    if idempotency_key is None:
        return uuid4()
    return uuid5(ID_NAMESPACE, f"{client}\n{post_id}\n{idempotency_key}")


@router.delete("/posts/{post_id}", summary="Gỡ một tin")
async def withdraw_post(
    post_id: UUID,
    pool: PoolDep,
    producer: ProducerDep,
    progress: ProgressDep,
    settings: SettingsDep,
    units: UnitsDep,
    client: ClientDep,
) -> Response:
    """The post leaves the counts and stays in the ledger; asking again changes nothing."""
    async with pool.acquire() as connection:
        row = await _visible(connection, post_id, units)
    counted = True
    if row["withdrawn_at"] is None:
        withdrawal = Withdrawal(
            withdrawal_id=uuid4(),
            post_id=post_id,
            channel_id=row["channel_id"],
            withdrawn_by=client,
            withdrawn_at=utc_now(),
        )
        counted = await _send(withdrawal, producer, progress, settings.read_your_write_seconds)
    return await _changed(pool, post_id, units, counted)


async def _visible(connection: Connection, post_id: UUID, units: list[str] | None) -> Row:
    row = await posts.post_row(connection, post_id)
    if row is None or (units is not None and row["unit_id"] not in units):
        raise UnknownPost(
            f"Không có tin {post_id}. Tin vừa gửi có thể cần vài giây mới tra cứu được."
        )
    return row


async def _send(
    record: LedgerRecord, producer: Producer, progress: ProgressDep, seconds: float
) -> bool:
    """Send the record and wait until it is counted; False if that takes longer."""
    try:
        sent = await producer.send(VERDICTS.outgoing(record, trace_headers()))
    except SendError as error:
        raise Unavailable("Nhật ký Kafka chưa nhận được; hãy gửi lại.") from error
    partition = TopicPartition(sent.kafka_topic, sent.partition)
    return await progress.passed(partition, sent.offset, seconds)


async def _changed(pool: Pool, post_id: UUID, units: list[str] | None, counted: bool) -> Response:
    """The post and its unit's month as they are now; 202 if the log is not read that far yet."""
    async with pool.acquire() as connection:
        answer: dict[str, Any] = {"post": await _post_answer(connection, post_id, units)}
        unit_id, day = answer["post"]["unit_id"], answer["post"]["local_day"]
        unit = await registry.known_unit(connection, unit_id) if unit_id else None
        if unit is not None and day is not None:
            window = window_at("month", day)
            days = await figures.tally(
                connection, [unit.unit_id], window.first_day, window.last_day
            )
            answer["ratio"] = msgspec.to_builtins(ratio_of(unit, window, days))
    return _json(answer, 200 if counted else 202)


async def _post_answer(
    connection: Connection, post_id: UUID, units: list[str] | None
) -> dict[str, Any]:
    row = await _visible(connection, post_id, units)
    history = await posts.history_of(connection, post_id)
    return _row_answer(row) | {"history": msgspec.to_builtins(history)}


def _row_answer(row: Row) -> dict[str, Any]:
    answer = dict(row.items())
    by_reviewer = answer.pop("by_reviewer")
    kind = None if answer["label"] is None else "reviewer" if by_reviewer else "model"
    return answer | {"decided_by_kind": kind}


def _json(answer: dict[str, Any], http_status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), http_status, media_type="application/json")


def _cursor(last: Row, wanted: posts.Filter) -> str:
    return write_cursor([last["published_at"].isoformat(), str(last["post_id"])], wanted)


def _read_cursor(cursor: str, wanted: posts.Filter) -> tuple[datetime, UUID]:
    try:
        published_at, post_id = read_cursor(cursor, wanted)
        return datetime.fromisoformat(published_at), UUID(post_id)
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None
