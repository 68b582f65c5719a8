"""A closing waits for what the log holds, and says so when that takes too long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from services.ratio import catch_up
from services.ratio.catch_up import CatchUp
from services.ratio.consumer import Progress
from shared.consumer import Consumer
from shared.kafka import Offsets
from shared.problems import Unavailable

pytestmark = pytest.mark.anyio

EMPTY, READ, BEHIND = (TopicPartition("records", number) for number in range(3))


@dataclass
class Log:
    """A log that ends where it is told, or does not answer."""

    ends: Offsets | None

    async def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        assert topics == ["records"]
        return [EMPTY, READ, BEHIND]

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Offsets:
        if self.ends is None:
            raise KafkaTimeoutError
        return {one: self.ends[one] for one in partitions}


def waiting(progress: Progress, ends: Offsets | None) -> CatchUp:
    return CatchUp(cast(Consumer, Log(ends)), progress)


async def test_it_waits_until_the_last_record_of_every_partition_is_applied() -> None:
    progress = Progress()
    await progress.move({READ: 5, BEHIND: 8})
    wait = asyncio.create_task(waiting(progress, {EMPTY: 0, READ: 5, BEHIND: 10}).wait(["records"]))
    await progress.move({BEHIND: 9})
    done, _ = await asyncio.wait([wait], timeout=0.05)
    assert not done
    await progress.move({BEHIND: 10})
    await asyncio.wait_for(wait, 1)


async def test_a_lag_that_lasts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catch_up, "SECONDS_MAX", 0.05)
    with pytest.raises(Unavailable):
        await waiting(Progress(), {EMPTY: 0, READ: 1, BEHIND: 0}).wait(["records"])


async def test_a_log_that_does_not_answer_is_told() -> None:
    with pytest.raises(Unavailable):
        await waiting(Progress(), None).wait(["records"])
