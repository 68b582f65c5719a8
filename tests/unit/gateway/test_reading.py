"""The gateway is ready once it has read what the topics held when it started."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from kafka import TopicPartition

from services.gateway.consumer import Reader
from services.gateway.domain.snapshots import Snapshots
from shared.consumer import Consumer
from shared.contracts import encode
from shared.kafka import Batch, Incoming, Offsets
from shared.topics import RATIOS, UNITS
from tests.builders import a_unit
from tests.unit.gateway.figures import DAY, a_snapshot

pytestmark = pytest.mark.anyio

FIGURES, TREE = TopicPartition(RATIOS.name, 0), TopicPartition(UNITS.name, 0)


class Log:
    """A log of two partitions, read batch by batch; after the last one `stop` is set."""

    def __init__(self, ends: Offsets, *batches: Batch | OSError) -> None:
        self.ends, self.left, self.stop = ends, list(batches), asyncio.Event()
        self.reader = Reader(cast(Consumer, self), Snapshots())
        self.ready: list[bool] = []

    async def partitions(self, _: Collection[str]) -> list[TopicPartition]:
        return list(self.ends)

    async def end_offsets(self, _: Any) -> Offsets:
        return self.ends

    async def beginning_offsets(self, _: Any) -> Offsets:
        return dict.fromkeys(self.ends, 0)

    async def assign(self, _: Offsets) -> None:
        pass

    async def poll(self) -> Batch:
        self.ready.append(await self.reader.check() is None)
        if not self.left:
            self.stop.set()
            return a_batch(FIGURES)
        batch = self.left.pop(0)
        if isinstance(batch, OSError):
            raise batch
        return batch


def a_batch(partition: TopicPartition, *values: bytes | None, last: int = 0) -> Batch:
    """Records of one partition, of which the last stands at offset `last`."""
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    records = [
        Incoming(partition.topic, partition.partition, last, moment, b"so-yte", value, ())
        for value in values
    ]
    return Batch(records, {partition: last}, {partition: last + 1} if values else {})


async def test_it_is_ready_when_all_partitions_are_read_to_where_they_ended() -> None:
    log = Log(
        {FIGURES: 7, TREE: 1},
        # A compacted topic has holes: the end counts, not the number of records.
        a_batch(FIGURES, encode(a_snapshot(version=1)), last=5),
        a_batch(TREE, encode(a_unit()), last=0),
        a_batch(FIGURES, encode(a_snapshot(version=2)), last=6),
    )
    await log.reader.run(log.stop)
    assert log.ready == [False, False, False, True]
    held = log.reader.snapshots.get("so-yte", "month", DAY)
    assert held is not None
    assert held.snapshot.version == 2


async def test_it_is_ready_at_once_when_the_topics_are_empty() -> None:
    log = Log({FIGURES: 0, TREE: 0}, a_batch(FIGURES))
    await log.reader.run(log.stop)
    assert log.ready == [False, True]


async def test_a_record_that_cannot_be_read_stops_nothing() -> None:
    bad = (None, b"\xff", b"[" * 100_000, encode(a_unit()), encode(a_snapshot()))
    log = Log({FIGURES: 5}, a_batch(FIGURES, *bad, last=4))
    await log.reader.run(log.stop)
    assert log.ready[-1]
    assert log.reader.snapshots.known() == 1


async def test_a_log_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.consumer.PAUSE_SECONDS", 0.01)
    log = Log({FIGURES: 1}, OSError("gone"), a_batch(FIGURES, encode(a_snapshot())))
    await log.reader.run(log.stop)
    assert log.ready == [False, False, True]
