"""The current figures of every unit, in memory.

In: snapshots and units as their topics tell them, in any order. Out: a unit's ratio for a window
that is standing on a day, without asking anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from shared.contracts import Ratio, Snapshot, Unit, WindowName


@dataclass(frozen=True, slots=True)
class Current:
    """A unit's ratio in a window, and the version of the snapshot it came with."""

    snapshot: Snapshot
    ratio: Ratio

    def etag(self) -> str:
        """Strong, and the same whoever asks."""
        window = self.ratio.window
        return f'"{self.snapshot.version}.{window.name}.{window.first_day}"'


@dataclass(slots=True)
class Snapshots:
    """Newest snapshot and newest unit by id."""

    _snapshots: dict[str, Snapshot] = field(default_factory=dict[str, Snapshot])
    _units: dict[str, Unit] = field(default_factory=dict[str, Unit])

    def put(self, snapshot: Snapshot) -> None:
        """Take it, unless a newer one is known."""
        known = self._snapshots.get(snapshot.unit_id)
        if known is None or known.version < snapshot.version:
            self._snapshots[snapshot.unit_id] = snapshot

    def put_unit(self, unit: Unit) -> None:
        """Take it, unless a newer one is known."""
        known = self._units.get(unit.unit_id)
        if known is None or known.version < unit.version:
            self._units[unit.unit_id] = unit

    def parents(self) -> dict[str, str | None]:
        """The unit above each unit."""
        return {unit.unit_id: unit.parent_id for unit in self._units.values()}

    def known(self) -> int:
        """Units with figures."""
        return len(self._snapshots)

    def get(self, unit_id: str, window: WindowName, day: date) -> Current | None:
        """The unit's figures in the window that `day` falls in, if they are those in memory."""
        snapshot = self._snapshots.get(unit_id)
        return _current(snapshot, window, day) if snapshot else None

    def all(self, window: WindowName, day: date) -> Iterator[Current]:
        """Every unit's figures in the window that `day` falls in."""
        for snapshot in self._snapshots.values():
            current = _current(snapshot, window, day)
            if current is not None:
                yield current


def _current(snapshot: Snapshot, window: WindowName, day: date) -> Current | None:
    ratio = next((one for one in snapshot.ratios if one.window.name == window), None)
    if ratio is None or not _covers(ratio, day):
        return None
    return Current(snapshot, ratio)


def _covers(ratio: Ratio, day: date) -> bool:
    """Rolling windows end with their day; calendar windows hold for all of theirs."""
    window = ratio.window
    if window.name is not None and window.name.startswith("rolling"):
        return window.last_day == day
    return window.first_day <= day <= window.last_day
