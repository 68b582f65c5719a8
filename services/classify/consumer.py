"""Kafka in and out: posts are judged, verdicts sent, then the offsets are committed.

In: batches of `candoi.posts.v1`. Out: `candoi.verdicts.v1`; what cannot be read goes to
`candoi.dead-letters.v1`. A crash before the commit judges the batch again, with the same ids.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from services.classify.domain.text import clean
from services.classify.domain.verdict import verdict_of
from services.classify.model import Model
from shared import metrics
from shared.consumer import Consumer, consume
from shared.contracts import Post, Unreadable, Verdict
from shared.dead_letters import DeadLetterLimit, dead_letter
from shared.kafka import Batch, Incoming
from shared.local_time import utc_now
from shared.producer import Producer, RecordRefused, SendError
from shared.topics import POSTS, VERDICTS
from shared.tracing import carried

log = structlog.get_logger()

# The batch's posts, each with its record; and what is unreadable, with the reason.
Found = tuple[list[tuple[Incoming, Post]], dict[Incoming, str]]


@dataclass(slots=True)
class Judging:
    """Judges batches."""

    model: Model
    producer: Producer
    consumer: Consumer
    limit: DeadLetterLimit = field(default_factory=DeadLetterLimit)

    async def run(self, stop: asyncio.Event) -> None:
        """Judge what comes until `stop` is set. Raises TooManyDeadLetters."""
        await consume(self.consumer, self.begin, read, self.judge, stop)

    async def begin(self, failed: Batch | None) -> None:
        """Join the group, or go back to where the failed batch begins."""
        if failed is None:
            await self.consumer.subscribe([POSTS.name])
        else:
            await self.consumer.seek(failed.first_offsets)

    async def judge(self, batch: Batch, found: Found) -> None:
        """Send a verdict or a dead letter for every record; returns when the log has them all.

        Raises SendError: the batch is read again; TooManyDeadLetters: it must not be.
        """
        posts, unreadable = found
        verdicts = await self._decide([post for _, post in posts])
        refused = await self._send_verdicts([record for record, _ in posts], verdicts)
        bad = {**unreadable, **refused}
        # Before anything is put aside: a log that is bad as a whole, or a missing right to write
        # verdicts, must not empty the posts into the dead letters.
        limit = self.limit.after(record in bad for record in batch.records)
        await self._put_aside(bad)
        self.limit = limit
        _observe(verdicts, len(bad))

    async def _decide(self, posts: list[Post]) -> list[Verdict]:
        if not posts:
            return []
        lines = [clean(post.title, post.text) for post in posts]
        with metrics.JUDGE_SECONDS.time():
            judgements = await asyncio.to_thread(self.model.judge, lines)
        for stage, count in Counter(one.stage for one in judgements if one.stage).items():
            metrics.POSTS_SETTLED.labels(stage).inc(count)
        now = utc_now()
        return [
            verdict_of(post, judgement, self.model.name, now)
            for post, judgement in zip(posts, judgements, strict=True)
        ]

    async def _send_verdicts(
        self, sources: Sequence[Incoming], verdicts: Sequence[Verdict]
    ) -> dict[Incoming, str]:
        """Send all; the records whose verdict the log will never take, with the reason."""
        outgoing = [
            VERDICTS.outgoing(verdict, carried(source.headers))
            for source, verdict in zip(sources, verdicts, strict=True)
        ]
        refused: dict[Incoming, str] = {}
        for source, result in zip(sources, await self.producer.send_all(outgoing), strict=True):
            if isinstance(result, RecordRefused):
                refused[source] = f"verdict refused: {result}"
            elif isinstance(result, SendError):
                raise result
        return refused

    async def _put_aside(self, bad: Mapping[Incoming, str]) -> None:
        letters = [dead_letter(record, reason) for record, reason in bad.items()]
        for result in await self.producer.send_all(letters):
            if isinstance(result, SendError):
                raise result


def read(batch: Batch) -> Found:
    """The batch's posts, each with its record; and what is unreadable, with the reason."""
    posts: list[tuple[Incoming, Post]] = []
    unreadable: dict[Incoming, str] = {}
    for record in batch.records:
        try:
            posts.append((record, POSTS.codec.decode(record.value)))
        except Unreadable as error:
            unreadable[record] = str(error)
    return posts, unreadable


def _observe(verdicts: list[Verdict], put_aside: int) -> None:
    labels = Counter(verdict.label for verdict in verdicts)
    for label, count in labels.items():
        metrics.VERDICTS.labels(label).inc(count)
    log.info("posts_judged", posts=len(verdicts), put_aside=put_aside, **labels)
