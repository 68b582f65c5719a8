"""Starts programs in order, brings back those that die, stops them in reverse order.

In: programs, and somebody to tell. Out: running processes; an error when one cannot be kept up.
"""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from deploy.local.errors import StackError
from deploy.local.spawn import Command, kill_group, spawn

POLL_SECONDS = 0.1
LAST_LINES = 15
# A program that dies so often without having been ready once in between cannot be helped.
HOPELESS_DEATHS = 5
HOPELESS_SECONDS = 60.0
BACKOFF_SECONDS_FIRST = 0.5
BACKOFF_SECONDS_MAX = 10.0

DEADLY = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})

Say = Callable[[str, str], None]
"""Told who says a line, and the line."""

STACK = "stack"
"""The name under which the supervisor itself speaks."""


class ProgramFailed(StackError):
    """A program died and is not started again."""


class State(StrEnum):
    """What a program is doing."""

    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep up. Without `ready` it is a step: done when it has exited with 0."""

    name: str
    command: Command
    ready: Callable[[], Awaitable[bool]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    ready_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 25.0


@dataclass(slots=True)
class Child:
    """A program and what has become of it."""

    program: Program
    state: State = State.DOWN
    process: Process | None = None
    deaths: int = 0
    stopping: bool = False
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    last_lines: deque[str] = field(default_factory=lambda: deque[str](maxlen=LAST_LINES))
    keeper: "asyncio.Task[None] | None" = None


class Supervisor:
    """Keeps programs up. All methods belong to one event loop.

    `respawn`: whether what dies is started again, as an operator wants it; a test that kills
    decides itself when to restart, and takes any other death as a failure.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        say: Say,
        *,
        respawn: bool,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._programs = programs
        self._say = say
        self._respawn = respawn
        self._changed = changed
        self._failure: asyncio.Future[StackError] = asyncio.get_running_loop().create_future()
        self.children: dict[str, Child] = {}
        self.started = False

    async def start(self) -> None:
        """Start all, each when the one before it is ready. Raises StackError."""
        for program in self._programs:
            await self.add(program)
        self.started = True
        self._changed()

    async def add(self, program: Program) -> None:
        """Start one more program and wait until it is ready. Raises StackError."""
        self.children[program.name] = child = Child(program)
        await self._begin(child)

    async def failed(self) -> StackError:
        """Wait until a program cannot be kept up; what happened."""
        return await asyncio.shield(self._failure)

    def failure(self) -> StackError | None:
        """What `failed` would answer now."""
        return self._failure.result() if self._failure.done() else None

    async def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal as an accident would; after a deadly one, wait until it has struck."""
        child = self.children[name]
        if (process := child.process) is None:
            return
        if sent in DEADLY:
            child.stopping = not self._respawn
        kill_group(process, sent)
        if sent in DEADLY:
            await process.wait()

    async def restart(self, name: str) -> None:
        """Stop the program if it runs, start it, wait until it is ready. Raises StackError."""
        child = self.children[name]
        await self._end(child)
        await self._begin(child)

    async def stop(self) -> None:
        """Stop all in reverse order, each calmly, by force when its time is over."""
        for child in reversed(self.children.values()):
            await self._end(child)

    def kill_all(self) -> None:
        """No more patience: `stop`, if it is waiting, ends at once."""
        for child in self.children.values():
            if child.process is not None:
                child.stopping = True
                kill_group(child.process)

    async def _begin(self, child: Child) -> None:
        child.stopping = False
        child.settled.clear()
        child.keeper = keeper = asyncio.create_task(self._keep(child))
        keeper.add_done_callback(self._note_failure)
        settled = asyncio.create_task(child.settled.wait())
        await asyncio.wait({settled, keeper}, return_when=asyncio.FIRST_COMPLETED)
        settled.cancel()
        if keeper.done():
            keeper.result()

    async def _end(self, child: Child) -> None:
        if (keeper := child.keeper) is None or keeper.done():
            return
        child.stopping = True
        if (process := child.process) is None:
            keeper.cancel()
        else:
            self._say(STACK, f"stopping {child.program.name}")
            kill_group(process, child.program.stop_signal)
            kill_group(process, signal.SIGCONT)  # a stopped process hears nothing else
        _, alive = await asyncio.wait({keeper}, timeout=child.program.stop_seconds)
        if alive and process is not None:
            seconds = child.program.stop_seconds
            self._say(STACK, f"{child.program.name} did not stop within {seconds:g} s: killed")
            kill_group(process)
            await asyncio.wait({keeper})
        self._enter(child, State.DOWN)

    async def _keep(self, child: Child) -> None:
        """All lives of a program. Ends when it is stopped or done, raises when it is given up."""
        deaths: tuple[float, ...] = ()
        while True:
            code = await self._live(child)
            if child.state is State.DONE:
                return
            was_ready = child.state is State.READY
            self._enter(child, State.DOWN)
            if child.stopping:
                return
            child.deaths += 1
            deaths = recent_deaths(() if was_ready else deaths, time.monotonic())
            what = f"{child.program.name} {exit_text(code)}"
            if not self._respawn or len(deaths) >= HOPELESS_DEATHS:
                raise ProgramFailed("\n".join((f"{what}. Its last lines:", *child.last_lines)))
            seconds = backoff_seconds(len(deaths))
            self._say(STACK, f"{what}; starting it again in {seconds:g} s")
            await asyncio.sleep(seconds)

    async def _live(self, child: Child) -> int:
        """One life, from its preparation to its end; the exit code, negative for a signal."""
        program = child.program
        self._enter(child, State.STARTING)
        started = time.monotonic()
        if program.prepare is not None:
            await program.prepare()
        child.process = process = await spawn(program.command)
        self._changed()
        watch = asyncio.create_task(self._watch(child, process, started))
        async for line in lines_of(process):
            child.last_lines.append(line)
            self._say(program.name, line)
        code = await process.wait()
        watch.cancel()
        child.process = None
        if program.ready is None and code == 0:
            self._settle(child, State.DONE, started)
        return code

    async def _watch(self, child: Child, process: Process, started: float) -> None:
        """Ask until the program is ready; one that takes too long counts as dead."""
        program = child.program
        try:
            async with asyncio.timeout(program.ready_seconds):
                while program.ready is None or not await program.ready():  # noqa: ASYNC110
                    await asyncio.sleep(POLL_SECONDS)  # it is another process: no event to await
        except TimeoutError:
            reason = f"not ready after {program.ready_seconds:g} s"
        except Exception as error:  # a broken check must not look like a slow program
            reason = f"cannot be checked: {error!r}"
        else:
            self._settle(child, State.READY, started, f" (process {process.pid})")
            return
        self._say(STACK, f"{program.name} {reason}: killed")
        kill_group(process)

    def _settle(self, child: Child, state: State, started: float, detail: str = "") -> None:
        self._enter(child, state)
        child.settled.set()
        seconds = time.monotonic() - started
        self._say(STACK, f"{child.program.name} {state} after {seconds:.1f} s{detail}")

    def _enter(self, child: Child, state: State) -> None:
        child.state = state
        self._changed()

    def _note_failure(self, keeper: "asyncio.Task[None]") -> None:
        if keeper.cancelled() or self._failure.done() or (error := keeper.exception()) is None:
            return
        known = isinstance(error, StackError)
        self._failure.set_result(error if known else StackError(repr(error)))


async def lines_of(process: Process) -> AsyncGenerator[str]:
    """What a process prints, line by line without the line end, until it closes its output."""
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than LINE_BYTES_MAX; the reader has thrown it away
            yield "(a line too long to show)"
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\r\n")


def recent_deaths(deaths: tuple[float, ...], now: float) -> tuple[float, ...]:
    """The deaths that still count against a program, one more at `now` (seconds, any clock)."""
    return (*(at for at in deaths if now - at < HOPELESS_SECONDS), now)


def backoff_seconds(deaths: int) -> float:
    """How long to wait after so many deaths in a row: 0.5 s, doubling, at most 10 s."""
    return min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_FIRST * 2 ** (deaths - 1))


def exit_text(code: int) -> str:
    """`exited with code 1`, `was ended by SIGKILL`."""
    with suppress(ValueError):
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
    return f"exited with code {code}"
