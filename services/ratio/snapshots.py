"""Snapshots out: the figures of every unit that changed, for every standing window.

In: units that are due. Out: `candoi.ratios.v1`, one record a unit.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from math import nan

import structlog

from services.ratio.domain import policy
from services.ratio.domain.ratio import DayCount, add_up, measure
from services.ratio.domain.window import standing
from services.ratio.store import figures, registry
from services.ratio.store.registry import KnownUnit
from shared import metrics
from shared.contracts import Snapshot
from shared.local_time import local_day, utc_now
from shared.postgres import Pool
from shared.producer import Producer, Sent
from shared.topics import RATIOS

log = structlog.get_logger()

# The longest that a unit marked by another process, or a new day, goes unnoticed.
LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Sends the snapshots of units that are due."""

    pool: Pool
    producer: Producer
    changed: asyncio.Event
    units_max: int

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until `stop` is set. At the start and at local midnight all are."""
        day: date | None = None
        while not stop.is_set():
            try:
                day = await self._step(day)
            except Exception as error:
                # The marks stay: what was not sent is sent when database and log are back.
                log.warning("snapshots_failed", error=repr(error))
                await _wait(stop, PAUSE_SECONDS)

    async def _step(self, day: date | None) -> date:
        today = local_day(utc_now())
        if today != day:
            async with self.pool.acquire() as connection:
                await registry.mark_all(connection)
        self.changed.clear()
        if await self.send_due() < self.units_max:
            await _wait(self.changed, LOOK_SECONDS)
        return today

    async def send_due(self) -> int:
        """Send the snapshots of the units that wait longest; how many were due."""
        now = utc_now()
        due, snapshots = await self._measure(now)
        results = await self.producer.send_all([RATIOS.outgoing(one) for one in snapshots])
        sent = [unit for unit, result in zip(due, results, strict=True) if isinstance(result, Sent)]
        if sent:
            async with self.pool.acquire() as connection:
                await registry.mark_sent(connection, sent)
            metrics.SNAPSHOTS_SENT.inc(len(sent))
            log.info("snapshots_sent", units=len(sent), failed=len(due) - len(sent))
        return len(sent)

    async def _measure(self, now: datetime) -> tuple[list[KnownUnit], list[Snapshot]]:
        windows = standing(local_day(now))
        first_day = min(window.first_day for window in windows)
        last_day = max(window.last_day for window in windows)
        # One moment for version and counts: a snapshot must not carry an older figure under a
        # newer version.
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            due = await registry.due_units(connection, self.units_max)
            ids = [unit.unit_id for unit in due]
            days = await figures.tally(connection, ids, first_day, last_day) if due else {}
        return due, [snapshot(unit, days.get((unit.unit_id, None), []), now) for unit in due]


def snapshot(unit: KnownUnit, days: Sequence[DayCount], now: datetime) -> Snapshot:
    """The unit's ratios for every standing window; its monthly share is set as metric."""
    ratios = tuple(
        measure(unit.unit_id, unit.name, window, add_up(days, window), policy.DEFAULT, now)
        for window in standing(local_day(now))
    )
    month = next(ratio for ratio in ratios if ratio.window.name == "month")
    share = nan if month.negative_share is None else month.negative_share
    metrics.UNIT_NEGATIVE_SHARE.labels(unit.unit_id).set(share)
    return Snapshot(
        unit_id=unit.unit_id,
        kind=unit.kind,
        parent_id=unit.parent_id,
        version=unit.version,
        ratios=ratios,
    )


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
