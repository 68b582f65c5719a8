"""From drafts to the log: what is right is sent, and counted as accepted once the log has it.

In: drafts, or refusals of what was none. Out: for each, in order, its ids or its problem.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from services.ingest.domain.batch import plan
from services.ingest.domain.drafts import PostDraft
from services.ingest.domain.post import as_one, identify, refusals
from services.ingest.store import acknowledged, registry
from services.ingest.store.acknowledged import Memory
from shared import metrics
from shared.contracts import Post
from shared.local_time import utc_now
from shared.postgres import GONE, Pool
from shared.problems import Refusal, Unavailable
from shared.producer import Producer, RecordRefused, SendError, Sent
from shared.topics import POSTS
from shared.tracing import trace_headers

log = structlog.get_logger()


class RecordRefusedByLog(Refusal):
    """The log will never take this post; the others of the batch are not touched."""

    http_status, slug, title = 422, "record-refused", "Nhật ký không nhận tin này"


class LogSilent(Unavailable):
    """The log did not acknowledge in time. Whether it has the post is unknown."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What stands in the log; `received_at` is None if the post was only checked."""

    post_id: UUID
    revision: str
    received_at: datetime | None
    duplicate: bool

    def document(self) -> dict[str, Any]:
        """As the API answers it."""
        return msgspec.to_builtins(self)


Result = Accepted | Refusal


class Clock:
    """Instants in microseconds, each later than the one before."""

    def __init__(self) -> None:
        self._last = utc_now()

    def tick(self) -> datetime:
        """Now, or a microsecond after the last answer if the system's clock is not past it."""
        self._last = max(utc_now(), self._last + timedelta(microseconds=1))
        return self._last


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Checks posts and sends them."""

    pool: Pool
    producer: Producer
    clock: Clock = field(default_factory=Clock)

    async def accept(
        self, items: Sequence[PostDraft | Refusal], units: Sequence[str] | None
    ) -> list[Result]:
        """Check and send what is right. Raises Unavailable if nothing could be checked."""
        checked = await self._check(items, units)
        planned = plan([one if isinstance(one, Post) else None for one in checked])
        answers: dict[int, Result] = {
            at: one for at, one in enumerate(checked) if isinstance(one, Refusal)
        }
        silent: Refusal | None = None
        for wave in planned.waves:
            posts = [post for post in (checked[at] for at in wave) if isinstance(post, Post)]
            # A log that is silent now would let every further wave wait its full time.
            wave_results = [silent] * len(posts) if silent else await self._send(posts)
            answers |= zip(wave, wave_results, strict=True)
            silent = next((one for one in wave_results if isinstance(one, Unavailable)), silent)
        done = _in_order(answers, planned.repeats)
        _count(done)
        return done

    async def check(
        self, items: Sequence[PostDraft | Refusal], units: Sequence[str] | None
    ) -> list[Result]:
        """What `accept` would answer; nothing is sent. Raises Unavailable."""
        checked = await self._check(items, units)
        planned = plan([one if isinstance(one, Post) else None for one in checked])
        try:
            standing = await acknowledged.known(
                self.pool, [one.post_id for one in checked if isinstance(one, Post)]
            )
        except GONE as error:
            raise database_silent() from error
        answers = {
            at: one if isinstance(one, Refusal) else _foreseen(one, standing.get(one.post_id))
            for at, one in enumerate(checked)
        }
        return _in_order(answers, planned.repeats)

    async def _send(self, posts: Sequence[Post]) -> Sequence[Result]:
        """Note, send, note again; the results in order. No post may be there twice.

        1 note that they are about to be sent: a crash after this costs one repetition.
        2 send. 3 note what the log has: a crash before this costs one repetition too.
        """
        try:
            async with self.pool.acquire() as connection:
                intended = await acknowledged.intend(connection, posts)
        except GONE as error:
            log.warning("posts_not_intended", posts=len(posts), error=repr(error))
            return [database_silent()] * len(posts)
        sending = [
            msgspec.structs.replace(post, received_at=intended.send[post.post_id])
            for post in posts
            if post.post_id in intended.send
        ]
        headers = trace_headers()
        sent = await self.producer.send_all([POSTS.outgoing(post, headers) for post in sending])
        await self._note([p for p, result in zip(sending, sent, strict=True) if _is_sent(result)])
        results: dict[UUID, Result] = {
            post.post_id: _outcome(post, result) for post, result in zip(sending, sent, strict=True)
        }
        for post_id, memory in intended.repeated.items():
            results[post_id] = Accepted(post_id, memory.revision, memory.received_at, True)
        return [results[post.post_id] for post in posts]

    async def _note(self, posts: Sequence[Post]) -> None:
        try:
            await acknowledged.acknowledge(self.pool, posts)
        except GONE as error:
            # The log has them, and that is what a 202 says.
            log.warning("acknowledgement_not_noted", posts=len(posts), error=repr(error))

    async def _check(
        self, items: Sequence[PostDraft | Refusal], units: Sequence[str] | None
    ) -> list[Post | Refusal]:
        channel_ids = {item.channel_id for item in items if isinstance(item, PostDraft)}
        try:
            tenures = await registry.tenures_of(self.pool, [*channel_ids], units)
        except GONE as error:
            raise database_silent() from error
        checked: list[Post | Refusal] = []
        for item in items:
            if isinstance(item, Refusal):
                checked.append(item)
                continue
            now = self.clock.tick()
            broken = refusals(item, tenures.get(item.channel_id, ()), now)
            checked.append(as_one(broken) if broken else identify(item, now))
        return checked


def database_silent() -> Unavailable:
    """Nothing can be checked against the registry now."""
    return Unavailable("Cơ sở dữ liệu chưa trả lời; hãy gửi lại sau ít giây.")


def _is_sent(result: Sent | SendError) -> bool:
    return isinstance(result, Sent)


def _outcome(post: Post, result: Sent | SendError) -> Result:
    if isinstance(result, Sent):
        return Accepted(post.post_id, post.revision, post.received_at, duplicate=False)
    if isinstance(result, RecordRefused):
        return RecordRefusedByLog(
            "Nhật ký Kafka không nhận tin này (có thể quá lớn); hãy rút gọn text rồi gửi lại."
        )
    return LogSilent("Nhật ký Kafka chưa xác nhận; hãy gửi lại, gửi lại không bị tính hai lần.")


def _foreseen(post: Post, memory: Memory | None) -> Accepted:
    if memory is not None and memory.revision == post.revision:
        return Accepted(post.post_id, post.revision, memory.received_at, duplicate=True)
    return Accepted(post.post_id, post.revision, None, duplicate=False)


def _in_order(answers: Mapping[int, Result], repeats: Mapping[int, int]) -> list[Result]:
    """The answers by position; a repetition shares the fate of what it repeats."""
    every = {**answers, **{at: _repeated(answers[first]) for at, first in repeats.items()}}
    return [every[at] for at in sorted(every)]


def _repeated(result: Result) -> Result:
    return replace(result, duplicate=True) if isinstance(result, Accepted) else result


def _count(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Refusal):
            metrics.POSTS_REFUSED.labels(result.slug).inc()
        elif result.duplicate:
            metrics.POSTS_DUPLICATE.inc()
        else:
            metrics.POSTS_ACCEPTED.inc()
