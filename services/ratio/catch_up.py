"""What must rest on the whole log waits until this process has applied what the log holds now.

In: topics. Out: nothing, once every record that they had at the call is applied.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.errors import KafkaError

from services.ratio.consumer import Progress
from shared.consumer import Consumer
from shared.problems import Unavailable

# Less than the ten seconds after which the database ends a transaction that does nothing.
SECONDS_MAX = 8


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Compares how far the log is applied with where it ends."""

    consumer: Consumer
    progress: Progress

    async def wait(self, kafka_topics: Sequence[str]) -> None:
        """Wait for what these topics hold now. Raises Unavailable if it takes longer than 8 s."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                partitions = await self.consumer.partitions(kafka_topics)
                ends = await self.consumer.end_offsets(partitions)
                for partition, end in ends.items():
                    await self._passed(partition, end)
        except (TimeoutError, KafkaError) as error:
            raise Unavailable(
                "Hệ thống đang đọc nhật ký, chưa đến bản ghi cuối; hãy thử lại sau ít phút."
            ) from error

    async def _passed(self, partition: TopicPartition, end: int) -> None:
        if not await self.progress.passed(partition, end - 1, SECONDS_MAX):
            raise TimeoutError
