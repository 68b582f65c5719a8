"""Units out: every change of the registry reaches `candoi.units.v1`.

In: units whose version is ahead of what the log has. Out: one record for each, with all its
channels. The registry's row is the outbox: a crash between sending and marking sends again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from services.ingest.store import registry
from shared.contracts import Unit
from shared.postgres import GONE, Connection, Pool
from shared.producer import Producer, Sent
from shared.topics import UNITS

log = structlog.get_logger()

# The longest that a change made by another process goes unnoticed.
LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0
# How often a waiting request asks whether another process has sent its unit.
ASK_SECONDS = 0.2
# The server ends a transaction that is idle for ten seconds, and with it our turn.
SEND_SECONDS = 8.0


@dataclass(slots=True)
class Publisher:
    """Sends units; one process at a time does, so that the last record is the latest version."""

    pool: Pool
    producer: Producer
    units_max: int
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _published: asyncio.Event = field(default_factory=asyncio.Event)
    # At the start, and after a turn with an unknown end, an old record may stand last in the log.
    _send_all: bool = True

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until `stop` is set. At the start all units are."""
        while not stop.is_set():
            try:
                self._changed.clear()
                if await self._turn() < self.units_max:
                    await _wait(self._changed, LOOK_SECONDS)
            except Exception as error:
                # What was not marked stays due until database and log are back.
                self._send_all = True
                log.warning("units_failed", error=repr(error))
                await _wait(stop, PAUSE_SECONDS)

    async def published(self, unit_id: str, version: int, seconds: float) -> bool:
        """Have the unit sent now; True once the log has this version or a later one."""
        self._changed.set()
        # The change is stored; without an answer of the database it is only not known as sent.
        with suppress(*GONE):
            async with asyncio.timeout(seconds):
                while True:
                    done = self._published
                    if await registry.published_version(self.pool, unit_id) >= version:
                        return True
                    await _wait(done, ASK_SECONDS)
        return False

    async def _turn(self) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            if not await registry.may_publish(connection):
                return 0
            if self._send_all:
                await registry.mark_all_due(connection)
            due = await registry.due_units(connection, self.units_max)
            sent = await self._send(connection, due)
        self._send_all = False
        # Whoever waits now holds the old event; the next one waits for the next turn.
        self._published.set()
        self._published = asyncio.Event()
        return sent

    async def _send(self, connection: Connection, due: Sequence[Unit]) -> int:
        records = [UNITS.outgoing(unit) for unit in due]
        results = await asyncio.wait_for(self.producer.send_all(records), SEND_SECONDS)
        sent = [unit for unit, result in zip(due, results, strict=True) if isinstance(result, Sent)]
        if due:
            await registry.mark_published(connection, sent)
            log.info("units_sent", units=len(sent), failed=len(due) - len(sent))
        return len(sent)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
