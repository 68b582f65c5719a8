"""The log in: verdicts, reviews and withdrawals move the counts, posts show what is pending,
units say who owns what.

In: batches of `candoi.verdicts.v1`, `candoi.posts.v1`, `candoi.units.v1`, and of what the centre
and this service have decided (`candoi.acts.v1`, `candoi.alerts.v1`). Out: one transaction for each
batch that holds the offsets, the history, the ledger and the buckets.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from kafka import TopicPartition

from services.ratio.domain.facts import Known
from services.ratio.domain.ledger import Folded, fold
from services.ratio.store import acts, alerts, facts, ledger, offsets, registry
from services.ratio.store.accepted import put_posts
from services.ratio.store.buckets import move_buckets
from shared import metrics
from shared.consumer import Consumer, consume
from shared.contracts import Act, AlertRecord, Post, Unit, Unreadable, Verdict
from shared.dead_letters import DeadLetterLimit, dead_letter
from shared.kafka import Batch, Incoming, Offsets
from shared.local_time import utc_now
from shared.postgres import Connection, Pool
from shared.producer import Producer, SendError
from shared.topics import ACTS, ALERTS, POSTS, UNITS, VERDICTS

log = structlog.get_logger()

OBSERVED_RECORDS = 100
# A commit that the database forgets in a crash is read from the log again. And a plan for each new
# length of arrays costs more than it could gain: the statements know but one way.
SETTINGS = """
    SET LOCAL synchronous_commit TO off;
    SET LOCAL plan_cache_mode TO force_generic_plan"""


@dataclass(frozen=True, slots=True)
class News:
    """What a batch says, sorted by what it moves."""

    facts: list[Post | Known] = field(default_factory=list[Post | Known])
    units: list[Unit] = field(default_factory=list[Unit])
    acts: list[Act] = field(default_factory=list[Act])
    alerts: list[AlertRecord] = field(default_factory=list[AlertRecord])
    unreadable: list[tuple[Incoming, str]] = field(default_factory=list[tuple[Incoming, str]])

    def post_ids(self) -> set[UUID]:
        """The posts that the batch tells of."""
        return {one.record.post_id if isinstance(one, Known) else one.post_id for one in self.facts}


class Progress:
    """How far this process has applied the log; a request may wait for its own record."""

    def __init__(self) -> None:
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()

    @property
    def positions(self) -> Offsets:
        """The next offset of each partition."""
        return self._positions

    async def move(self, positions: Offsets) -> None:
        """Note new positions and wake up who waits."""
        async with self._moved:
            self._positions = {**self._positions, **positions}
            self._moved.notify_all()

    async def passed(self, partition: TopicPartition, offset: int, seconds: float) -> bool:
        """Wait until the record at `offset` is applied; False if it takes longer."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._positions.get(partition, 0) > offset)
        except TimeoutError:
            return False
        return True


@dataclass(slots=True)
class Application:
    """Applies batches. `changed` is set whenever figures may have moved."""

    pool: Pool
    producer: Producer
    consumer: Consumer
    topic_ids: Mapping[str, UUID]
    topics: Sequence[str] = ()
    # A replay puts nothing aside: whoever read the record first has done so.
    puts_aside: bool = True
    progress: Progress = field(default_factory=Progress)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    limit: DeadLetterLimit = field(default_factory=DeadLetterLimit)

    async def run(self, stop: asyncio.Event) -> None:
        """Apply the log until `stop` is set. Raises TopicRecreated, TooManyDeadLetters."""
        await consume(self.consumer, self.begin, read_and_fold, self.apply, stop, self.in_place)

    async def begin(self, _: Batch | None) -> None:
        """Go on where the database stands: it alone knows what is applied."""
        partitions = await self.consumer.partitions(self.topics or TOPICS)
        beginnings = await self.consumer.beginning_offsets(partitions)
        async with self.pool.acquire() as connection:
            stored = await offsets.stored_offsets(connection, beginnings, self.topic_ids)
        await self.consumer.assign(stored)
        await self.progress.move(stored)

    async def in_place(self) -> bool:
        """Whether the database stands where this process does. A server that died may have
        forgotten the last commits: without new records no compare-and-set would ever notice."""
        async with self.pool.acquire() as connection:
            in_place = await offsets.stand_at(connection, self.progress.positions)
        if not in_place:
            metrics.CAS_LOST.inc()
        return in_place

    async def apply(self, batch: Batch, found: tuple[News, Folded]) -> None:
        """Apply one batch exactly once. Raises OffsetsMoved if another process was faster."""
        news, ahead = found
        unreadable = {id(record) for record, _ in news.unreadable}
        limit = self.limit.after(id(record) in unreadable for record in batch.records)
        if self.puts_aside:
            await self._put_aside(news)
        async with self.pool.acquire() as connection, connection.transaction():
            # First of all, and in this transaction: offsets and counts that were committed apart
            # would leave a moment in which a crash counts the batch twice or never.
            await connection.execute(SETTINGS)
            await self._move_offsets(connection, batch)
            folded = await _write(connection, news, ahead)
        self.limit = limit
        await self.progress.move(batch.next_offsets)
        self.changed.set()
        _observe(folded, batch)

    async def _move_offsets(self, connection: Connection, batch: Batch) -> None:
        # All partitions, moved or not: a post and its verdict lie in two of them, and two
        # processes that applied one each at the same time would not see each other's.
        before = self.progress.positions
        try:
            await offsets.move_offsets(connection, before, {**before, **batch.next_offsets})
        except offsets.OffsetsMoved:
            metrics.CAS_LOST.inc()
            raise

    async def _put_aside(self, news: News) -> None:
        # Posts are classify's to put aside: two dead letters of one record would count it twice.
        letters = [
            dead_letter(record, reason)
            for record, reason in news.unreadable
            if record.kafka_topic != POSTS.name
        ]
        for result in await self.producer.send_all(letters):
            if isinstance(result, SendError):
                raise result


def read_and_fold(batch: Batch) -> tuple[News, Folded]:
    """What the batch says, and what it changes if nothing is known of its posts, as of most. Done
    while the batch before is in the database."""
    news = read(batch)
    return news, fold({}, news.facts)


def read(batch: Batch) -> News:
    """The batch's records, decoded."""
    news = News()
    for incoming in batch.records:
        try:
            _READERS[incoming.kafka_topic](news, incoming)
        except Unreadable as error:
            log.warning(
                "record_unreadable",
                kafka_topic=incoming.kafka_topic,
                partition=incoming.partition,
                offset=incoming.offset,
                reason=str(error)[:200],
            )
            news.unreadable.append((incoming, str(error)))
    return news


def _read_verdict(news: News, incoming: Incoming) -> None:
    record = VERDICTS.codec.decode(incoming.value)
    text = (incoming.value or b"").decode()
    news.facts.append(Known(record, incoming.logged_at, text))


_READERS: Mapping[str, Callable[[News, Incoming], None]] = {
    VERDICTS.name: _read_verdict,
    POSTS.name: lambda news, one: news.facts.append(POSTS.codec.decode(one.value)),
    UNITS.name: lambda news, one: news.units.append(UNITS.codec.decode(one.value)),
    ACTS.name: lambda news, one: news.acts.append(ACTS.codec.decode(one.value)),
    ALERTS.name: lambda news, one: news.alerts.append(ALERTS.codec.decode(one.value)),
}
TOPICS = tuple(_READERS)


async def _write(connection: Connection, news: News, ahead: Folded) -> Folded:
    known = await facts.read_facts(connection, [entry.post_id for entry in ahead.added])
    folded = fold(known, news.facts) if known else ahead
    if folded.posts:
        await put_posts(connection, folded.posts)
    if folded.records:
        await facts.add_history(connection, folded.records)
    if folded.added:
        await ledger.add_entries(connection, folded.added)
    if folded.changed:
        await ledger.change_entries(connection, folded.changed)
    if folded.changes:
        await move_buckets(connection, folded.changes)
        await registry.mark_owners(connection, {bucket.channel_id for bucket in folded.changes})
    if news.units:
        await registry.put_units(connection, news.units)
    if news.acts:
        await acts.add_acts(connection, news.acts)
        await registry.mark_all(connection)
    if news.alerts:
        await alerts.add_alerts(connection, news.alerts)
    return folded


def _observe(folded: Folded, batch: Batch) -> None:
    now = utc_now()
    kinds = Counter(type(known.record) for known in folded.records)
    for kind, count in kinds.items():
        metrics.DECISIONS_APPLIED.labels(kind.__name__.lower()).inc(count)
    # Of a large batch every n-th: its records were counted in one moment, and all of them would
    # take longer to observe than to index.
    for known in folded.records[:: 1 + len(folded.records) // OBSERVED_RECORDS]:
        if isinstance(known.record, Verdict):
            seconds = (now - known.record.received_at).total_seconds()
            metrics.POST_TO_RATIO_SECONDS.observe(max(0.0, seconds))
    log.info(
        "batch_applied",
        records=len(batch.records),
        decisions=len(folded.records),
        posts=len(folded.posts),
        buckets=len(folded.changes),
    )
