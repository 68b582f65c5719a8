"""HTTP in: reviews, withdrawals and their undoing, log first.

A review goes into the log, and the answer waits until this process has applied it: the counts in
the answer already hold it, and no reader can ever see counts that the log does not explain.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

import msgspec
from asyncpg import Record as Row
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.ratio.domain.window import window_at
from services.ratio.routes import (
    CacheDep,
    ClientDep,
    PoolDep,
    SenderDep,
    UnitsDep,
)
from services.ratio.routes.posts import etag_of, json_answer, post_answer, visible_row
from services.ratio.store.locks import lock_post
from services.ratio.view import Scope, open_view
from shared.contracts import (
    ID_NAMESPACE,
    Label,
    LedgerRecord,
    NegativeTopic,
    Restoration,
    Review,
    ReviewWithdrawal,
    Withdrawal,
)
from shared.local_time import utc_now
from shared.problems import Refusal
from shared.topics import VERDICTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1/posts/{post_id}", tags=["posts"])

IfMatch = Annotated[str | None, Header()]
IdempotencyKey = Annotated[str | None, Header()]


class PostWithdrawn(Refusal):
    """A withdrawn post counts nowhere: there is nothing to review."""

    http_status, slug, title = 409, "post-withdrawn", "Tin đã được gỡ"


class NotJudged(Refusal):
    """Nothing stands that a reviewer could disagree with."""

    http_status, slug, title = 409, "not-judged", "Tin chưa được phân loại"


class NoReview(Refusal):
    """A model's verdict stands: there is no review to take back."""

    http_status, slug, title = 409, "no-review", "Không có lượt duyệt nào đang đứng"


class PostChanged(Refusal):
    """Something else stands than the client has seen."""

    http_status, slug, title = 412, "post-changed", "Phán định đã thay đổi"


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


class Desk:
    """Where a decision on one post is taken: one at a time, seen by the log before the answer."""

    def __init__(
        self,
        post_id: UUID,
        pool: PoolDep,
        cache: CacheDep,
        sender: SenderDep,
        units: UnitsDep,
        client: ClientDep,
        if_match: IfMatch = None,
    ) -> None:
        self.post_id, self.client = post_id, client
        self._pool, self._cache, self._units = pool, cache, units
        self._sender, self._if_match = sender, if_match

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Row]:
        """The post as it stands, locked against every other decision until the end.

        Raises UnknownPost, PostChanged.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await lock_post(connection, self.post_id)
            registry = await self._cache.current(connection)
            row = await visible_row(connection, registry, self.post_id, self._units)
            if self._if_match is not None and etag_of(row) not in _tags(self._if_match):
                raise PostChanged(
                    "Tin đã có phán định khác với bản đã xem; hãy GET lại, xem rồi quyết định."
                )
            yield row

    async def send(self, record: LedgerRecord) -> bool:
        """Send the record and wait until it is counted; False if that takes longer."""
        return await self._sender.send(VERDICTS.outgoing(record, trace_headers()))

    async def answer(self, counted: bool) -> Response:
        """The post and its unit's month as they are now; 202 if the log is not read that far."""
        async with open_view(self._pool, self._cache) as view:
            row = await visible_row(view.connection, view.registry, self.post_id, self._units)
            post = await post_answer(view.connection, view.registry, row)
            answer: dict[str, Any] = {"post": post}
            if post["unit_id"] is not None:
                window = window_at("month", post["local_day"])
                ratio = await view.ratio(Scope(post["unit_id"]), window)
                answer["ratio"] = msgspec.to_builtins(ratio)
        return json_answer(answer, 200 if counted else 202, {"ETag": etag_of(row)})


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


DeskDep = Annotated[Desk, Depends()]


@router.post("/review", summary="Duyệt lại một tin")
async def review_post(
    draft: ReviewDraft, desk: DeskDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """A person's label, which outranks any model's; the answer shows the new counts."""
    async with desk.open() as row:
        if row["withdrawn_at"] is not None:
            raise PostWithdrawn("Tin này đã được gỡ nên không còn được tính; không cần duyệt lại.")
        if row["revision"] is None:
            raise NotJudged("Tin chưa có bản nào để duyệt; hãy đợi vài giây.")
        counted = await desk.send(_review(row, draft, desk.client, idempotency_key))
    return await desk.answer(counted)


def _review(row: Row, draft: ReviewDraft, client: str, idempotency_key: str | None) -> Review:
    return Review(
        review_id=_review_id(client, row["post_id"], idempotency_key),
        post_id=row["post_id"],
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


def _review_id(client: str, post_id: UUID, idempotency_key: str | None) -> UUID:
    """The same for the same call: a review whose answer was lost is not taken twice."""
    if idempotency_key is None:
        return uuid4()
    return uuid5(ID_NAMESPACE, f"{client}\n{post_id}\n{idempotency_key}")


@router.delete("/review", summary="Rút lại lượt duyệt đang đứng")
async def withdraw_review(
    desk: DeskDep, reason: Annotated[str, Query(max_length=2_000)] = ""
) -> Response:
    """What would stand without the review stands again: an earlier review, or the model."""
    async with desk.open() as row:
        if not row["by_reviewer"]:
            raise NoReview("Tin này đang đứng theo phán định của mô hình; không có gì để rút.")
        withdrawal = ReviewWithdrawal(
            withdrawal_id=uuid4(),
            review_id=row["decision_id"],
            post_id=row["post_id"],
            channel_id=row["channel_id"],
            withdrawn_by=desk.client,
            withdrawn_at=utc_now(),
            reason=reason,
        )
        counted = await desk.send(withdrawal)
    return await desk.answer(counted)


@router.delete("", summary="Gỡ một tin")
async def withdraw_post(desk: DeskDep) -> Response:
    """The post leaves the counts and stays in the ledger; asking again changes nothing."""
    counted = True
    async with desk.open() as row:
        if row["withdrawn_at"] is None:
            withdrawal = Withdrawal(
                withdrawal_id=uuid4(),
                post_id=row["post_id"],
                channel_id=row["channel_id"],
                withdrawn_by=desk.client,
                withdrawn_at=utc_now(),
            )
            counted = await desk.send(withdrawal)
    return await desk.answer(counted)


@router.post("/restore", summary="Đưa tin đã gỡ trở lại")
async def restore_post(desk: DeskDep) -> Response:
    """The post counts again as it was judged; asking again changes nothing."""
    counted = True
    async with desk.open() as row:
        if row["withdrawn_at"] is not None:
            restoration = Restoration(
                restoration_id=uuid4(),
                post_id=row["post_id"],
                channel_id=row["channel_id"],
                restored_by=desk.client,
                # Ahead of the withdrawal, should this clock be behind the one that set it.
                restored_at=max(utc_now(), row["withdrawn_at"] + timedelta(microseconds=1)),
            )
            counted = await desk.send(restoration)
    return await desk.answer(counted)
