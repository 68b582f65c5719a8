"""The log up to given offsets, and not one record further.

In: ends. Out: batches without what stands at or after them.
"""

from kafka import TopicPartition

from shared.consumer import Consumer
from shared.kafka import Batch, Offsets
from shared.settings import KafkaSettings


class BoundedConsumer(Consumer):
    """A consumer of no group, for a reading that leaves no trace in the cluster."""

    def __init__(self, settings: KafkaSettings, batch_records_max: int) -> None:
        # An offset that the log no longer has is an alarm, never a silent jump.
        super().__init__(settings, batch_records_max, group_id=None, auto_offset_reset="none")
        self.ends: Offsets = {}

    async def poll(self) -> Batch:
        """The next records before `ends`; none if there are no more."""
        return before(await super().poll(), self.ends)

    async def commit(self, next_offsets: Offsets) -> None:
        """Nothing: how far a reading has come is nobody else's business."""


def before(batch: Batch, ends: Offsets) -> Batch:
    """The batch without the records at or after `ends`."""
    if all(offset <= ends.get(partition, 0) for partition, offset in batch.next_offsets.items()):
        return batch
    kept = [
        one
        for one in batch.records
        if one.offset < ends.get(TopicPartition(one.kafka_topic, one.partition), 0)
    ]
    firsts = {
        partition: first
        for partition, first in batch.first_offsets.items()
        if first < ends.get(partition, 0)
    }
    nexts = {partition: min(batch.next_offsets[partition], ends[partition]) for partition in firsts}
    return Batch(kept, firsts, nexts)
