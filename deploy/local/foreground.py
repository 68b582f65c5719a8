"""Runs the stack in this process until it is told to stop.

In: settings, programs, SIGINT / SIGTERM / SIGHUP. Out: lines on the log stream, the state for
`status`, and an error if a program cannot be kept up.
"""

import asyncio
import os
import signal
from collections.abc import Sequence

from deploy.local import state
from deploy.local.errors import StackError
from deploy.local.settings import LocalSettings
from deploy.local.supervisor import STACK, Program, Say, Supervisor


async def keep_up(settings: LocalSettings, programs: Sequence[Program], say: Say) -> None:
    """Start all, keep them up, stop them calmly on the first signal, at once on the second.

    Raises StackError, after everything has been stopped, when a program cannot be kept up.
    """
    supervisor = Supervisor(
        programs,
        say,
        respawn=True,
        changed=lambda: state.write(settings.data_dir, state.of(supervisor, os.getpid())),
    )
    stopped = asyncio.create_task(_stop_signal(supervisor, say).wait())
    failed = asyncio.create_task(supervisor.failed())
    try:
        started = asyncio.create_task(_start(supervisor, settings, say))
        await asyncio.wait({started, stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
        if started.done() and not failed.done():
            await asyncio.wait({stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
    finally:
        await supervisor.stop()
        state.remove(settings.data_dir)
    say(STACK, "stopped")
    if failure := supervisor.failure():
        raise failure


async def _start(supervisor: Supervisor, settings: LocalSettings, say: Say) -> None:
    try:
        await supervisor.start()
    except StackError:
        return  # the supervisor says the same through `failed`
    say(STACK, f"ready: {settings.service_url('gateway')}")


def _stop_signal(supervisor: Supervisor, say: Say) -> asyncio.Event:
    """Set by the first signal. The second one kills, for who cannot wait."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            say(STACK, "killing everything")
            supervisor.kill_all()
        else:
            say(STACK, "stopping; once more to kill")
            stop.set()

    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sent, on_signal)
    return stop
