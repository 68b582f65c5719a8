"""Kafka in: snapshots and units are read into memory, from the beginning of their topics.

In: the compacted topics `candoi.ratios.v1` and `candoi.units.v1`. Out: `Snapshots`; ready once
they were read up to where they ended at the start. No offsets are stored: memory starts empty.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from services.gateway.domain.snapshots import Snapshots
from shared import metrics
from shared.consumer import Consumer
from shared.contracts import Unreadable
from shared.kafka import Batch, Offsets
from shared.topics import RATIOS, UNITS

log = structlog.get_logger()

PAUSE_SECONDS = 1.0


@dataclass(slots=True)
class Reader:
    """Fills `snapshots` for as long as the process lives."""

    consumer: Consumer
    snapshots: Snapshots
    caught_up: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set; after a failure from the beginning again, which is harmless:
        what is older than what is known changes nothing."""
        while not stop.is_set():
            try:
                await self._read(stop)
            except Exception as error:
                log.warning("reading_failed", error=repr(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)

    async def _read(self, stop: asyncio.Event) -> None:
        partitions = await self.consumer.partitions([RATIOS.name, UNITS.name])
        ends = await self.consumer.end_offsets(partitions)
        positions = dict(await self.consumer.beginning_offsets(partitions))
        await self.consumer.assign(positions)
        while not stop.is_set():
            batch = await self.consumer.poll()
            self.put(batch)
            positions.update(batch.next_offsets)
            self.caught_up = self.caught_up or _reached(positions, ends)

    def put(self, batch: Batch) -> None:
        """Take what the batch holds. What cannot be read is logged: ratio sends snapshots again
        with every change, and puts unreadable units into the dead letters itself."""
        for record in batch.records:
            try:
                if record.kafka_topic == RATIOS.name:
                    self.snapshots.put(RATIOS.codec.decode(record.value))
                else:
                    self.snapshots.put_unit(UNITS.codec.decode(record.value))
            except Unreadable as error:
                log.warning(
                    "record_unreadable",
                    kafka_topic=record.kafka_topic,
                    offset=record.offset,
                    reason=str(error)[:200],
                )
        metrics.UNITS_KNOWN.set(self.snapshots.known())

    async def check(self) -> str | None:
        """A readiness check."""
        return None if self.caught_up else "ratios and units are still being read"


def _reached(positions: Offsets, ends: Offsets) -> bool:
    return all(positions[partition] >= end for partition, end in ends.items())
