"""The next batch, polled and read while the one before it is at work.

In: a way to poll, a way to read. Out: batches in order; never more than one is ahead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.kafka import Batch, Offsets

FoundT = TypeVar("FoundT")


@dataclass(frozen=True, slots=True)
class Polled(Generic[FoundT]):
    """A batch, and what a thread is finding in it."""

    batch: Batch
    found: asyncio.Future[FoundT]


class ReadAhead(Generic[FoundT]):
    """Polls and reads one batch ahead. `read` runs in a thread: it must be pure."""

    def __init__(
        self, poll: Callable[[], Awaitable[Batch]], read: Callable[[Batch], FoundT]
    ) -> None:
        self._poll, self._read = poll, read
        self._ahead: asyncio.Task[Polled[FoundT]] | None = None

    async def next(self) -> Polled[FoundT]:
        """The next batch; the one after it is begun with. Raises what the poll raises."""
        ahead, self._ahead = self._ahead, None
        polled = await (ahead or self._one())
        self._ahead = asyncio.create_task(self._one())
        return polled

    async def drop(self) -> Offsets:
        """Forget the batch that is ahead; where it begins, so that it can be polled again."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return {}
        (polled,) = await asyncio.gather(ahead, return_exceptions=True)
        if isinstance(polled, BaseException):
            return {}
        await asyncio.gather(polled.found, return_exceptions=True)
        return polled.batch.first_offsets

    async def _one(self) -> Polled[FoundT]:
        batch = await self._poll()
        # A task of its own: when it fails, it is still known which batch must be polled again.
        return Polled(batch, asyncio.create_task(asyncio.to_thread(self._read, batch)))
