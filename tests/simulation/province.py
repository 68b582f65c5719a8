"""The registry as ingest would keep it: units, their channels and parents, in time.

In: moves, new parents, mergers, ends, each on any day, also long past. Out: the units that changed,
in their next version. A channel never belongs to two units on one day, and no unit stands under
itself: a unit's parent always has a smaller number.
"""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from services.ratio.domain.registry import ONE_DAY
from shared.contracts import Channel, FormerParent, Unit
from tests.builders import a_channel, a_unit

UNITS, CHANNELS = 5, 4
FOUNDED = date(2024, 4, 16)


def channel_id(number: int) -> str:
    """The channel of that number."""
    return f"kenh-{number}"


class Province:
    """A province, its departments and communes; every unit but the first starts with a channel."""

    def __init__(self, now: datetime) -> None:
        self.units = [
            a_unit(
                unit_id=f"don-vi-{number}",
                kind="province" if number == 0 else "commune",
                parent_id="don-vi-0" if number else None,
                channels=_channels(number),
                updated_at=now,
            )
            for number in range(UNITS)
        ]

    def move_channel(
        self, channel: int, to: int | None, day: date, now: datetime
    ) -> Iterator[Unit]:
        """From that day on the channel is another unit's, or nobody's."""
        moved = channel_id(channel)
        for number, unit in enumerate(self.units):
            channels = [one for kept in unit.channels for one in _until(kept, moved, day)]
            if number == to:
                channels.append(a_channel(channel_id=moved, valid_from=day))
            if tuple(channels) != unit.channels:
                yield self._put(number, now, channels=tuple(channels))

    def set_parent(self, unit: int, parent: int | None, day: date, now: datetime) -> Iterator[Unit]:
        """From that day on the unit stands under another one, or under none."""
        if parent is not None and parent >= unit:
            return
        old, last = self.units[unit], day - ONE_DAY
        former = [one for one in old.former_parents if one.valid_to < last]
        above = next(
            (one.parent_id for one in old.former_parents if one.valid_to >= last), old.parent_id
        )
        if above is not None:
            former.append(FormerParent(parent_id=above, valid_to=last))
        parent_id = None if parent is None else self.units[parent].unit_id
        yield self._put(unit, now, parent_id=parent_id, former_parents=tuple(former))

    def merge(self, unit: int, into: int, day: date, now: datetime) -> Iterator[Unit]:
        """From that day on the unit is part of another one, with all its channels."""
        if self._ends_in(into, self.units[unit].unit_id):
            return
        held = [one.channel_id for one in self.units[unit].channels if _holds(one, day)]
        yield self._put(unit, now, valid_to=day - ONE_DAY, succeeded_by=self.units[into].unit_id)
        for channel in range(CHANNELS):
            if channel_id(channel) in held:
                yield from self.move_channel(channel, into, day, now)

    def _ends_in(self, start: int, unit_id: str) -> bool:
        """Whether following the successors from here leads to that unit."""
        by_id = {one.unit_id: one for one in self.units}
        one: Unit | None = self.units[start]
        while one is not None and one.unit_id != unit_id:
            one = by_id.get(one.succeeded_by or "")
        return one is not None

    def _put(self, number: int, now: datetime, **fields: object) -> Unit:
        unit = self.units[number]
        self.units[number] = replace(unit, version=unit.version + 1, updated_at=now, **fields)
        return self.units[number]


def _channels(number: int) -> tuple[Channel, ...]:
    if number == 0:
        return ()
    return (a_channel(channel_id=channel_id(number - 1), valid_from=FOUNDED),)


def _holds(channel: Channel, day: date) -> bool:
    return channel.valid_from <= day and (channel.valid_to is None or day <= channel.valid_to)


def _until(channel: Channel, moved: str, day: date) -> Iterator[Channel]:
    """What is left of a unit's hold on a channel when the channel is moved on that day."""
    if channel.channel_id != moved or (channel.valid_to and channel.valid_to < day):
        yield channel
    elif channel.valid_from < day:
        yield replace(channel, valid_to=day - ONE_DAY)
