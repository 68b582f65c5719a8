"""The simulated world: who acts in it, and what breaks.

In: one event after the other, each with small numbers that say what it is about. Out: records in
the log, steps of two ratio services, answers that were given, promises checked.
"""

from datetime import UTC, datetime, timedelta

from shared.local_time import day_start, local_day
from tests.simulation.centre import Centre
from tests.simulation.checks import Promises
from tests.simulation.database import Database
from tests.simulation.log import MILLISECOND, PARTITIONS, Clock, Log
from tests.simulation.people import People
from tests.simulation.process import Process, Sizes

EVERYTHING: Sizes = (100,) * len(PARTITIONS)
DRAIN_STEPS_MAX = 2_000


class World:
    """Everything there is."""

    def __init__(self, start: datetime) -> None:
        self.clock = Clock(start)
        self.log = Log(self.clock)
        self.database = Database()
        self.processes = [Process(self.log, self.database) for _ in range(2)]
        self.promises = Promises(self.clock, self.log, self.database)
        self.people = People(self.clock, self.log, self.database)
        self.centre = Centre(self.clock, self.log)

    def pass_time(self, milliseconds: int) -> None:
        """Nothing happens for a while."""
        self.clock.tick(milliseconds * MILLISECOND)

    def pass_midnight(self) -> None:
        """The last millisecond of the local day, then the next day."""
        day = local_day(self.clock.now) + timedelta(days=1)
        midnight = day_start(day).astimezone(UTC)
        self.clock.now = max(self.clock.now, midnight - MILLISECOND)
        self.ask()
        self.clock.now = max(self.clock.now, midnight)

    def repeat(self, partition: int, number: int) -> None:
        """A sender's answer was lost: the log has the record twice."""
        self.log.repeat(PARTITIONS[partition % len(PARTITIONS)], number)

    def step(self, process: int, sizes: Sizes) -> str:
        """One of the two services goes on to its next line."""
        return self.processes[process % 2].step(sizes)

    def kill(self, process: int) -> None:
        """SIGKILL, wherever it stands."""
        self.processes[process % 2].die()

    def cut(self) -> None:
        """Every connection to the database breaks; the processes live on."""
        self.database.cut()

    def crash_database(self, commits: int) -> None:
        """The database dies, and forgets the last commits that were not on disk."""
        self.database.crash(commits)

    def ask(self) -> None:
        """Somebody asks for all figures; the answer is remembered."""
        self.promises.note_answer()
        # What the log takes from now on is known later than this answer.
        self.clock.tick(MILLISECOND)

    def check(self) -> None:
        """Every promise, now."""
        self.promises.check()

    def drain(self) -> None:
        """Nothing more happens, and both services go on until all is applied."""
        for number in range(DRAIN_STEPS_MAX):
            if self.database.committed.consumed == self.log.ends():
                return
            self.processes[number % 2].step(EVERYTHING)
        raise AssertionError("the services do not come to the end of the log")
