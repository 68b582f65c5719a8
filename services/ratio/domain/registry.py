"""Who counts for whom, on which days.

In: units as the registry tells them, each with its channels, parents and successor. Out: the spans
of days on which channels count for a unit, for its branch, or for those that it succeeded. What
owns a channel is looked up when a figure is asked for, so a back-dated change moves the counts
without touching the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.contracts import Channel, Platform, Unit

ALWAYS = (date.min, date.max)
Days = tuple[date, date]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days, first and last included, on which a unit's channel counts."""

    channel_id: str
    platform: Platform
    unit_id: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Registry:
    """Every unit by its id, and who stands under whom and when."""

    units: Mapping[str, Unit]
    children: Mapping[str, tuple[tuple[str, Days], ...]]
    predecessors: Mapping[str, tuple[str, ...]]
    tenures: Mapping[str, tuple[Span, ...]]

    def owner_on(self, channel_id: str, day: date) -> str | None:
        """The unit that owns the channel on that day, if any."""
        for span in self.tenures.get(channel_id, ()):
            if span.first_day <= day <= span.last_day:
                return span.unit_id
        return None

    def owners(self, channel_ids: Iterable[str]) -> set[str]:
        """Every unit that ever owned one of these channels."""
        return {span.unit_id for one in channel_ids for span in self.tenures.get(one, ())}

    def spans(
        self, unit_id: str, days: Days, *, children: bool = False, predecessors: bool = False
    ) -> list[Span]:
        """What counts for the unit in these days; with its branch, with those that it succeeded."""
        roots = self._line_of(unit_id) if predecessors else [unit_id]
        held = [
            one
            for root in roots
            for one in (self._branch_of(root) if children else [(root, ALWAYS)])
        ]
        return _merged(
            span
            for member, within in held
            for channel in self.units[member].channels
            if (span := _span(member, channel, _overlap(days, within))) is not None
        )

    def all_spans(self, days: Days) -> list[Span]:
        """What counts for anybody in these days."""
        return [one for unit_id in self.units for one in self.spans(unit_id, days)]

    def branch_on(self, unit_id: str, day: date) -> set[str]:
        """The unit and all under it on that day."""
        return {
            member for member, (first, last) in self._branch_of(unit_id) if first <= day <= last
        }

    def _branch_of(self, unit_id: str) -> Iterator[tuple[str, Days]]:
        """The unit and what is under it, each with the days on which it is."""
        # The path ends a circle of parents, should the registry ever hold one.
        waiting: list[tuple[str, Days, tuple[str, ...]]] = [(unit_id, ALWAYS, ())]
        while waiting:
            member, within, path = waiting.pop()
            if member in path or member not in self.units:
                continue
            yield member, within
            for child, days in self.children.get(member, ()):
                if (both := _overlap(within, days)) is not None:
                    waiting.append((child, both, (*path, member)))

    def _line_of(self, unit_id: str) -> list[str]:
        line, waiting = list[str](), [unit_id]
        while waiting:
            one = waiting.pop()
            if one not in line:
                line.append(one)
                waiting += self.predecessors.get(one, ())
        return line


def registry_of(units: Iterable[Unit]) -> Registry:
    """The registry of these units, each in its newest version."""
    by_id = {unit.unit_id: unit for unit in units}
    children: dict[str, list[tuple[str, Days]]] = {}
    predecessors: dict[str, list[str]] = {}
    tenures: dict[str, list[Span]] = {}
    for unit in by_id.values():
        for parent_id, days in parents_of(unit):
            children.setdefault(parent_id, []).append((unit.unit_id, days))
        if unit.succeeded_by is not None:
            predecessors.setdefault(unit.succeeded_by, []).append(unit.unit_id)
        for channel in unit.channels:
            if (span := _span(unit.unit_id, channel, ALWAYS)) is not None:
                tenures.setdefault(channel.channel_id, []).append(span)
    return Registry(
        by_id,
        {parent: tuple(found) for parent, found in children.items()},
        {unit_id: tuple(found) for unit_id, found in predecessors.items()},
        {channel_id: tuple(found) for channel_id, found in tenures.items()},
    )


def parents_of(unit: Unit) -> Iterator[tuple[str, Days]]:
    """The units that ever stood above, each with its days."""
    first = date.min
    for former in unit.former_parents:
        yield former.parent_id, (first, former.valid_to)
        first = former.valid_to + ONE_DAY
    if unit.parent_id is not None:
        yield unit.parent_id, (first, date.max)


def _span(unit_id: str, channel: Channel, within: Days | None) -> Span | None:
    days = _overlap((channel.valid_from, channel.valid_to or date.max), within) if within else None
    if days is None:
        return None
    return Span(channel.channel_id, channel.platform, unit_id, *days)


def _overlap(one: Days, other: Days) -> Days | None:
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same days once, though a unit may be reached in two ways (a child that was merged)."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.unit_id, one.channel_id, one.first_day)):
        last = found[-1] if found else None
        if (
            last is not None
            and (last.unit_id, last.channel_id) == (span.unit_id, span.channel_id)
            and span.first_day <= last.last_day
        ):
            end = max(last.last_day, span.last_day)
            found[-1] = Span(last.channel_id, last.platform, last.unit_id, last.first_day, end)
        else:
            found.append(span)
    return found
