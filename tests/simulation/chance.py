"""Which events happen in a world, drawn from its seed.

In: a seed. Out: a world that has lived through them, with every promise checked.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from random import Random
from typing import Any

from tests.simulation.log import PARTITIONS
from tests.simulation.province import CHANNELS, UNITS
from tests.simulation.world import World

# Days on which calendars go wrong: a year's end, a leap day, week 53, a reporting month's end.
STARTS = (
    datetime(2026, 11, 20, 5, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 16, 59, tzinfo=UTC),
    datetime(2027, 1, 3, 16, 58, tzinfo=UTC),
    datetime(2028, 2, 28, 16, 59, tzinfo=UTC),
    datetime(2027, 2, 14, 16, 59, tzinfo=UTC),
    datetime(2027, 3, 31, 16, 50, tzinfo=UTC),
)
EVENTS_MIN, EVENTS_MAX = 50, 160

Arguments = dict[str, Any]
Tell = Callable[[str], None]


def _days_ago(chance: Random) -> int:
    """Mostly now; sometimes long ago; a registry change may also lie ahead."""
    return chance.choice((0, 0, 0, 1, 2, 7, 29, 30, 31, 90, 200))


def _sizes(chance: Random) -> tuple[int, ...]:
    """Under a load a poll brings something of every partition; else one record of one."""
    if chance.random() < 0.4:
        only = chance.randrange(len(PARTITIONS))
        return tuple(int(number == only) for number in range(len(PARTITIONS)))
    return tuple(chance.choice((0, 1, 2, 3, 8)) for _ in PARTITIONS)


# Each event: how often it comes among all, and what it is about.
EVENTS: Mapping[str, tuple[int, Callable[[Random], Arguments]]] = {
    "people.publish": (
        14,
        lambda c: {
            "channel": c.randrange(CHANNELS),
            "days_ago": _days_ago(c),
            "second": c.choice((0, 1, 60, 3_600)),
        },
    ),
    "people.revise": (6, lambda c: {"post": c.randrange(99), "revision": c.randrange(3)}),
    "people.judge": (16, lambda c: {"number": c.choice((0, 0, 0, 1, 5))}),
    "people.judge_again": (4, lambda c: {"number": c.randrange(99), "model": c.randrange(1, 3)}),
    "people.review": (
        7,
        lambda c: {
            "post": c.randrange(99),
            "label": c.randrange(4),
            "seconds_ahead": c.choice((0, 0, 0, 3, -3)),
        },
    ),
    "people.withdraw_review": (3, lambda c: {"number": c.randrange(99)}),
    "people.withdraw": (3, lambda c: {"post": c.randrange(99)}),
    "people.restore": (3, lambda c: {"post": c.randrange(99)}),
    "repeat": (4, lambda c: {"partition": c.randrange(6), "number": c.randrange(99)}),
    "centre.move_channel": (
        2,
        lambda c: {
            "channel": c.randrange(CHANNELS),
            "to": c.choice((None, 1, 2, 3, 4)),
            "days_ago": c.choice((-2, 0, 1, 30, 120)),
        },
    ),
    "centre.set_parent": (
        1,
        lambda c: {
            "unit": c.randrange(1, UNITS),
            "parent": c.choice((None, 0, 1, 2, 3)),
            "days_ago": c.choice((-2, 0, 1, 30, 120)),
        },
    ),
    "centre.merge": (
        1,
        lambda c: {
            "unit": c.randrange(1, UNITS),
            "into": c.randrange(1, UNITS),
            "days_ago": c.choice((0, 1, 30)),
        },
    ),
    "centre.set_policy": (
        1,
        lambda c: {
            "unit": c.choice((None, 1, 2)),
            "limit_percent": c.randrange(5, 60),
            "days_ago": c.choice((-1, 0, 30)),
        },
    ),
    "pass_time": (12, lambda c: {"milliseconds": c.choice((0, 0, 1, 2, 60_000, 7_200_000))}),
    "pass_midnight": (1, lambda _: {}),
    "step": (70, lambda c: {"process": c.randrange(2), "sizes": _sizes(c)}),
    "kill": (2, lambda c: {"process": c.randrange(2)}),
    "cut": (1, lambda _: {}),
    "crash_database": (1, lambda c: {"commits": c.randrange(3)}),
    "drain": (2, lambda _: {}),
    "ask": (5, lambda _: {}),
    "check": (2, lambda _: {}),
}
NAMES = list(EVENTS)
WEIGHTS = [weight for weight, _ in EVENTS.values()]


def live(seed: int, tell: Tell | None = None) -> World:
    """A whole life. Raises AssertionError if a promise is broken."""
    chance = Random(seed)
    world = World(chance.choice(STARTS) + timedelta(milliseconds=chance.randrange(2_000)))
    for name in chance.choices(NAMES, WEIGHTS, k=chance.randint(EVENTS_MIN, EVENTS_MAX)):
        happen(world, name, EVENTS[name][1](chance), tell)
    for name in ("drain", "ask", "check"):
        happen(world, name, {}, tell)
    return world


def happen(world: World, name: str, arguments: Arguments, tell: Tell | None) -> None:
    """One event; told before it happens, so that the last line names the one that failed."""
    if tell is not None:
        said = " ".join(f"{key}={value}" for key, value in arguments.items())
        tell(f"{world.clock.now:%Y-%m-%d %H:%M:%S.%f} {name} {said}".rstrip())
    done = attrgetter(name)(world)(**arguments)
    if tell is not None and done is not None:
        tell(f"    {done}")
