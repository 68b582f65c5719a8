"""All posts that the log still has, judged by this model: what to do after the model was changed.

In: `candoi.posts.v1` from its beginning up to where it ends now (90 days). Out: verdicts by this
model, which are later than the old ones and so stand in their place; the old ones stay in the
history, and no review loses to them. Done again, or beside a service that runs, it changes nothing:
a verdict's id is made of post, revision and model.
"""

import asyncio
from dataclasses import dataclass, field

from kafka import TopicPartition

from services.classify.consumer import Found, Judging, read
from services.classify.model import Model
from services.classify.settings import Settings
from shared.consumer import consume, open_consumer
from shared.dead_letters import DEAD_LETTERS
from shared.kafka import Batch, Offsets
from shared.meter import Meter, Tell
from shared.producer import open_producer
from shared.settings import KafkaSettings
from shared.topics import POSTS, VERDICTS

GROUP = "candoi-rejudge"


async def rejudge(settings: Settings, model: Model, kafka: KafkaSettings, tell: Tell) -> None:
    """Judge every post that is in the log at the start. Raises TooManyDeadLetters."""
    async with (
        open_producer(kafka, [VERDICTS.name, DEAD_LETTERS]) as producer,
        # A group of its own: the service's offsets stay where they are.
        open_consumer(
            kafka, settings.batch_records_max, group_id=GROUP, auto_offset_reset="earliest"
        ) as consumer,
    ):
        partitions = await consumer.partitions([POSTS.name])
        positions = dict(await consumer.beginning_offsets(partitions))
        way = _Way(positions, await consumer.end_offsets(partitions))
        judging = Judging(model, producer, consumer)
        meter = Meter(way.left(), tell)

        async def begin(_: Batch | None) -> None:
            await consumer.assign(way.positions)

        async def judge(batch: Batch, found: Found) -> None:
            await judging.judge(batch, found)
            way.move(batch.next_offsets)
            meter.left(way.left())

        tell(f"{way.left():,} posts to judge by {model.name}")
        if way.left():
            await consume(consumer, begin, read, judge, way.arrived)
        tell("every post in the log has a verdict by this model")


@dataclass(frozen=True, slots=True)
class _Way:
    """From the beginning of each partition to where it ended at the start."""

    positions: dict[TopicPartition, int]
    ends: Offsets
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def move(self, next_offsets: Offsets) -> None:
        """Note what is judged; `arrived` is set once nothing is left."""
        self.positions.update(next_offsets)
        if not self.left():
            self.arrived.set()

    def left(self) -> int:
        """Records between here and the end."""
        return sum(max(0, end - self.positions.get(one, 0)) for one, end in self.ends.items())
