"""Work that goes on beside the HTTP edge for as long as the process lives.

In: a coroutine that runs until its stop event. Out: the same, started with the app, stopped
calmly with it, and visible in its health.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from shared import metrics

log = structlog.get_logger()

# A batch is bounded to ten seconds or so of work; a stop waits for the one under way.
STOP_SECONDS = 30


class PersonNeeded(Exception):
    """Going on would do harm, and so would starting again: a person must look."""


class Background:
    """One long task. `check` is None while it runs, else one sentence for the operator."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.person_needed = False
        self._ended: str | None = None

    async def check(self) -> str | None:
        """A readiness check."""
        return self._ended

    async def watch(self, work: Awaitable[None], stop: asyncio.Event) -> None:
        """Await the work; when it ends before its stop, say so where an operator looks."""
        try:
            await work
            if not stop.is_set():
                raise RuntimeError("ended without being asked to")
        except PersonNeeded as error:
            # The process stays up, not ready, until then.
            self.person_needed = True
            self._ended = f"{self.name} stopped: {error}"
            metrics.CONSUMER_STOPPED.set(1)
            log.critical("consumer_stopped", task=self.name, reason=str(error))
        except Exception as error:
            self._ended = f"{self.name} failed: {error!r}"
            log.critical("task_failed", task=self.name, error=repr(error), exc_info=error)
            # Whoever started the process starts it again, with a fresh state.
            os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def in_background(
    name: str, run: Callable[[asyncio.Event], Awaitable[None]]
) -> AsyncGenerator[Background]:
    """Run `run(stop)` until the block ends; then wait for it to finish what it has begun."""
    stop, background = asyncio.Event(), Background(name)
    task = asyncio.create_task(background.watch(run(stop), stop), name=name)
    try:
        yield background
    finally:
        stop.set()
        _, running = await asyncio.wait([task], timeout=STOP_SECONDS)
        for late in running:
            late.cancel()
