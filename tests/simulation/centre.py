"""What the registry and the centre decide: who owns a channel, who stands under whom, which limits.

In: small numbers that say which unit, which channel, which day. Out: records in the log.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from shared.contracts import Policy, Unit
from shared.local_time import local_day
from tests.simulation.log import ACTS, UNITS, Clock, Log
from tests.simulation.province import CHANNELS, Province


class Centre:
    """Changes of units and policies, each from a day on that may be long past, or ahead."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock, self._log = clock, log
        self._province = Province(clock.now)
        self._acts = 0
        self._register(iter(self._province.units))

    def move_channel(self, channel: int, to: int | None, days_ago: int) -> None:
        """A channel is another unit's, or nobody's."""
        day = self._day(days_ago)
        self._register(self._province.move_channel(channel % CHANNELS, to, day, self._clock.now))

    def set_parent(self, unit: int, parent: int | None, days_ago: int) -> None:
        """A unit stands under another one, or under none."""
        day = self._day(days_ago)
        self._register(self._province.set_parent(unit, parent, day, self._clock.now))

    def merge(self, unit: int, into: int, days_ago: int) -> None:
        """A unit is part of another one."""
        if unit != into:
            day = self._day(days_ago)
            self._register(self._province.merge(unit, into, day, self._clock.now))

    def set_policy(self, unit: int | None, limit_percent: int, days_ago: int) -> None:
        """Limits for a unit, or for all."""
        self._acts += 1
        policy = Policy(
            act_id=UUID(int=self._acts),
            policy_id="tat-ca" if unit is None else f"rieng-{unit}",
            unit_id=None if unit is None else self._province.units[unit].unit_id,
            kind=None,
            limit=limit_percent / 100,
            warn_at=limit_percent / 200,
            min_total=limit_percent % 4,
            source="Công văn thử",
            valid_from=self._day(days_ago),
            valid_to=None,
            set_by="trung-tam",
            set_at=self._clock.now,
        )
        self._log.append((ACTS, 0), policy)

    def _register(self, changed: Iterator[Unit]) -> None:
        for unit in changed:
            self._log.append((UNITS, 0), unit)

    def _day(self, days_ago: int) -> date:
        return local_day(self._clock.now) - timedelta(days=days_ago)
