"""Tiny real processes for the supervisor, and an ear for what is said.

In: a few lines of Python. Out: programs whose `up` means that they are ready.
"""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from deploy.local.spawn import Command
from deploy.local.supervisor import STACK, Program

# Says `up`, goes on, and says `calm` when it is told to stop.
OBEYS = """
import signal, sys
def stop(number, frame):
    print("calm", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True:
    signal.pause()
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""


@dataclass(slots=True)
class Heard:
    """All that has been said, in order."""

    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def say(self, name: str, line: str) -> None:
        """Somebody says a line."""
        self.lines.append((name, line))

    def by(self, name: str) -> list[str]:
        """What one has said."""
        return [line for said_by, line in self.lines if said_by == name]

    def when(self, name: str, start: str) -> int:
        """The place of the first line by `name` that begins so."""
        return next(
            place
            for place, (said_by, line) in enumerate(self.lines)
            if said_by == name and line.startswith(start)
        )

    def by_stack(self) -> list[str]:
        """What the supervisor itself has said."""
        return self.by(STACK)

    def is_up(self, name: str) -> Callable[[], Awaitable[bool]]:
        """A readiness check: each `up` is good for one life."""
        lives = 0

        async def ready() -> bool:
            nonlocal lives
            if self.by(name).count("up") == lives:
                return False
            lives += 1
            return True

        return ready

    def program(self, name: str, code: str = OBEYS, **fields: Any) -> Program:
        """A program of a few lines of Python."""
        return replace(Program(name, python(code), ready=self.is_up(name)), **fields)


def python(code: str) -> Command:
    """Started in a few hundredths of a second: no site packages."""
    return Command((sys.executable, "-I", "-S", "-c", code))


async def never() -> bool:
    """A check that never says yes."""
    return False
