"""Work beside the HTTP edge ends calmly, or where an operator looks."""

import asyncio
import os
import signal
from collections.abc import Generator

import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict

from shared import metrics
from shared.background import in_background
from shared.dead_letters import TooManyDeadLetters
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that the process sends to itself; none arrives."""
    sent: list[int] = []

    def note(_: int, number: int) -> None:
        sent.append(number)

    monkeypatch.setattr(os, "kill", note)
    return sent


@pytest.fixture(autouse=True)
def not_stopped(logged: list[EventDict]) -> Generator[None]:
    """The gauge as other tests expect it; nothing is printed."""
    yield
    metrics.CONSUMER_STOPPED.set(0)


async def test_a_stop_waits_for_the_work_under_way(signals: list[int]) -> None:
    done: list[str] = []

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.to_thread(done.append, "batch")

    async with in_background("work", work) as running:
        assert await running.check() is None
    assert done == ["batch"]
    assert await running.check() is None
    assert signals == []


async def test_a_stop_does_not_wait_for_ever(
    signals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.background.STOP_SECONDS", 0.05)
    cancelled = asyncio.Event()

    async def work(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with in_background("work", work):
        pass
    await asyncio.wait_for(cancelled.wait(), 5)


@pytest.mark.parametrize("fault", [ZeroDivisionError("x"), None])
async def test_work_that_ends_by_itself_ends_the_process(
    signals: list[int], fault: Exception | None
) -> None:
    async def work(_: asyncio.Event) -> None:
        if fault is not None:
            raise fault

    async with in_background("verdicts", work) as running:
        await until(running.check, what="it is told")
        assert (await running.check() or "").startswith("verdicts failed: ")
    assert signals == [signal.SIGTERM]


async def test_a_fault_that_needs_a_person_leaves_the_process_up_and_not_ready(
    signals: list[int],
) -> None:
    async def work(_: asyncio.Event) -> None:
        raise TooManyDeadLetters("101 bad records in a row")

    async with in_background("posts", work) as running:
        await until(running.check, what="it is told")
        assert await running.check() == "posts stopped: 101 bad records in a row"
        assert running.person_needed
    assert signals == []
    assert REGISTRY.get_sample_value("candoi_consumer_stopped") == 1
