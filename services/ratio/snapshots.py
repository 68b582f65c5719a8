"""Snapshots out: the figures of every unit that changed, for every standing window.

In: units that are due. Out: `candoi.ratios.v1`, one record a unit.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from math import nan

import structlog

from services.ratio.alerts import Alerts
from services.ratio.domain.ratio import DayCount, add_up, measure
from services.ratio.domain.registry import Span
from services.ratio.domain.silence import LOOK_BACK_DAYS
from services.ratio.domain.window import standing
from services.ratio.store import figures, registry
from services.ratio.store.registry import DueUnit, RegistryCache
from services.ratio.view import View, open_view, quiet
from shared import metrics
from shared.contracts import SilentChannel, Snapshot, Window
from shared.local_time import local_day, utc_now
from shared.postgres import Pool
from shared.producer import Producer, Sent
from shared.topics import RATIOS

log = structlog.get_logger()

# The longest that a unit marked by another process, or a new day, goes unnoticed.
LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0
LOOK_BACK = timedelta(days=LOOK_BACK_DAYS)


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Sends the snapshots of units that are due."""

    pool: Pool
    cache: RegistryCache
    producer: Producer
    changed: asyncio.Event
    alerts: Alerts
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
        due, snapshots = await self._measure()
        results = await self.producer.send_all([RATIOS.outgoing(one) for one in snapshots])
        pairs = zip(due, snapshots, results, strict=True)
        sent = {unit: one for unit, one, result in pairs if isinstance(result, Sent)}
        # Before the marks are cleared: what a crash leaves undone is considered again.
        await self.alerts.consider(list(sent.values()))
        if sent:
            async with self.pool.acquire() as connection:
                await registry.mark_sent(connection, list(sent))
            metrics.SNAPSHOTS_SENT.inc(len(sent))
            log.info("snapshots_sent", units=len(sent), failed=len(due) - len(sent))
        return len(sent)

    async def _measure(self) -> tuple[list[DueUnit], list[Snapshot]]:
        # One moment for version and counts: a snapshot must not carry an older figure under a
        # newer version.
        async with open_view(self.pool, self.cache) as view:
            due = await registry.due_units(view.connection, self.units_max)
            known = [one for one in due if one.unit_id in view.registry.units]
            return known, await snapshots_of(view, known) if known else []


async def snapshots_of(view: View, due: Sequence[DueUnit]) -> list[Snapshot]:
    """Each unit's ratios for every standing window."""
    windows = standing(local_day(view.now))
    first_day = min(window.first_day for window in windows)
    last_day = max(window.last_day for window in windows)
    ids = [one.unit_id for one in due]
    days = await figures.days(
        view.connection, _spans(view, ids, (first_day, last_day)), "unit", view.known_at
    )
    silent = await _silent_channels(view, ids, local_day(view.now))
    return [
        snapshot(view, one, windows, days.get(one.unit_id, []), silent.get(one.unit_id, ()))
        for one in due
    ]


def _spans(view: View, unit_ids: Sequence[str], days: tuple[date, date]) -> list[Span]:
    return [span for one in unit_ids for span in view.registry.spans(one, days)]


async def _silent_channels(
    view: View, unit_ids: Sequence[str], today: date
) -> dict[str, list[SilentChannel]]:
    spans = _spans(view, unit_ids, (today - LOOK_BACK, today))
    owner = {span.channel_id: span.unit_id for span in spans if span.last_day >= today}
    of_unit: dict[str, list[SilentChannel]] = {}
    for one in await quiet(view.connection, spans, today):
        of_unit.setdefault(owner[one.channel_id], []).append(one)
    return of_unit


def snapshot(
    view: View,
    due: DueUnit,
    windows: Sequence[Window],
    days: Sequence[DayCount],
    silent: Sequence[SilentChannel],
) -> Snapshot:
    """The unit's ratios for every standing window; its monthly share is set as metric."""
    unit = view.registry.units[due.unit_id]
    ratios = tuple(
        measure(view.asked(due.unit_id, window), window, add_up(days, window), silent)
        for window in windows
    )
    month = next(ratio for ratio in ratios if ratio.window.name == "month")
    share = nan if month.negative_share is None else month.negative_share
    metrics.UNIT_NEGATIVE_SHARE.labels(due.unit_id).set(share)
    metrics.SILENT_CHANNELS.labels(due.unit_id).set(len(silent))
    return Snapshot(
        unit_id=due.unit_id,
        kind=unit.kind,
        parent_id=unit.parent_id,
        version=due.version,
        ratios=ratios,
    )


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
