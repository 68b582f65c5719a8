"""Alerts out: units that entered or left `warning` or `breach` since their last alert.

In: snapshots as they are sent. Out: `candoi.alerts.v1`, which this service reads itself: its table
is where the next look begins, so neither a restart nor a replay raises an alert again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from kafka import TopicPartition

from services.ratio.consumer import Application
from services.ratio.domain.alert import alert_of, changes
from services.ratio.store import registry
from services.ratio.store.alerts import last_alerts, weightiest_posts
from services.ratio.store.registry import RegistryCache
from services.ratio.view import open_view
from shared import metrics
from shared.contracts import Alert, Snapshot
from shared.kafka import Offsets
from shared.local_time import utc_now
from shared.producer import Sent
from shared.topics import ACTS, ALERTS, UNITS, VERDICTS

log = structlog.get_logger()

# What the figures hang on, and what has been raised before. Posts only make them pending.
NEEDED = (VERDICTS.name, UNITS.name, ACTS.name, ALERTS.name)
# Until an alert that was sent comes back; it takes some hundredths.
APPLY_SECONDS = 2.0


@dataclass(slots=True)
class Alerts:
    """Raises alerts, once all is applied that the log had when this process started."""

    application: Application
    cache: RegistryCache
    _ends: Offsets | None = None
    _behind: bool = True

    async def consider(self, snapshots: Sequence[Snapshot]) -> None:
        """Raise what these snapshots give reason for. Raises SendError.

        To be called again and again, without snapshots too.
        """
        if not await self._has_caught_up():
            # Half a log would look like a breach that comes and goes.
            self._behind = True
        elif self._behind:
            # These snapshots may have been measured before the last record was applied, and
            # others went by unconsidered: all units come once more.
            async with self.application.pool.acquire() as connection:
                await registry.mark_all(connection)
            self._behind = False
        elif raised := await self._raised(snapshots):
            await self._send(raised)

    async def _has_caught_up(self) -> bool:
        if self._ends is None:
            consumer = self.application.consumer
            self._ends = await consumer.end_offsets(await consumer.partitions(NEEDED))
        positions = self.application.progress.positions
        return all(positions.get(partition, 0) >= end for partition, end in self._ends.items())

    async def _raised(self, snapshots: Sequence[Snapshot]) -> list[Alert]:
        pool = self.application.pool
        async with pool.acquire() as connection:
            last = await last_alerts(connection, [one.unit_id for one in snapshots])
        found = changes(last, [ratio for one in snapshots for ratio in one.ratios])
        if not found:
            return []
        async with open_view(pool, self.cache) as view:
            windows = [(one.ratio.unit_id, one.ratio.window) for one in found]
            spans = [
                view.registry.spans(unit_id, (window.first_day, window.last_day))
                for unit_id, window in windows
            ]
            posts = await weightiest_posts(view.connection, spans)
        now = utc_now()
        return [alert_of(one, post_ids, now) for one, post_ids in zip(found, posts, strict=True)]

    async def _send(self, raised: Sequence[Alert]) -> None:
        """Send the alerts and wait until this process has applied them: till then the table does
        not know of them, and they would be raised again."""
        # Whatever goes wrong from here on: the log is asked how far it goes before the next look.
        ends, self._ends = self._ends, None
        results = await self.application.producer.send_all([ALERTS.outgoing(one) for one in raised])
        for alert, result in zip(raised, results, strict=True):
            if not isinstance(result, Sent):
                raise result
            metrics.ALERTS_RAISED.labels(alert.status).inc()
        log.info("alerts_raised", alerts=len(raised))
        last = max(result.offset for result in results if isinstance(result, Sent))
        partition = TopicPartition(ALERTS.name, 0)
        if await self.application.progress.passed(partition, last, APPLY_SECONDS):
            self._ends = ends
