"""What `make demo` does, from the start of the stack to its end.

In: `--detach`, settings `CANDOI_LOCAL_*`. Out: the province's table and three commands to try.
What this command has started it stops again; only a demo that came to its end with `--detach`
leaves it running.
"""

import signal
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from typing import Annotated

import typer

from demo.follow import Follower
from demo.show import show_province
from deploy.local import background
from deploy.local.__main__ import errors_told, tell, up
from deploy.local.console import log_file
from deploy.local.locks import supervisor_pid
from deploy.local.settings import ENV_PREFIX, LocalSettings

LOOK_SECONDS = 0.2

# rich_markup_mode: it would keep the line ends of the docstring below in the help text.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(
    epilog=f"Ports and folders: {ENV_PREFIX}GATEWAY_PORT, {ENV_PREFIX}DATA_DIR and so on, as for "
    "`make up`."
)
def demo(
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Leave the stack running; `make down` stops it."),
    ] = False,
) -> None:
    """Start everything, feed the posts of an invented province, show its ratios.

    Goes on with the log of the stack until Ctrl-C, which stops what this command has started. A
    stack that ran before is used as it is, and Ctrl-C leaves it running.

    Address and API key are written to `.candoi/env`. A second run changes nothing: it sends the
    same posts with the dates of the first one. `make clean` forgets both.
    """
    with errors_told():
        settings = LocalSettings()
        _take_signals()
        was_running = supervisor_pid(settings.data_dir) is not None
        up(detach=True)
        if was_running:
            _run(settings, detach, "the stack ran before and goes on")
        else:
            with _stopped_unless(detach, settings):
                _run(settings, detach, "everything stops")


def _run(settings: LocalSettings, detach: bool, at_the_end: str) -> None:
    show_province(settings, tell)
    if detach:
        tell("\nThe stack goes on: make status, make logs, make down.")
        return
    # From here on Ctrl-C is the way to end, not an interruption.
    with suppress(KeyboardInterrupt):
        tell(f"\nThe log follows. Ctrl-C ends: {at_the_end}.")
        _follow_log(settings)


@contextmanager
def _stopped_unless(kept: bool, settings: LocalSettings) -> Generator[None]:
    """Stop the stack at the end; after a failure or Ctrl-C also if it was to be kept."""
    came_to_its_end = False
    try:
        yield
        came_to_its_end = True
    finally:
        if not (kept and came_to_its_end):
            _stop(settings)


def _stop(settings: LocalSettings) -> None:
    try:
        background.stop(settings, tell)
    except KeyboardInterrupt:
        # A second signal makes the supervisor kill, for who cannot wait.
        background.stop(settings, tell)


def _follow_log(settings: LocalSettings) -> None:
    """Show what the stack says until somebody stops it."""
    with closing(Follower(log_file(settings.data_dir))) as log:
        while supervisor_pid(settings.data_dir):
            sys.stdout.buffer.write(log.read())
            sys.stdout.flush()
            time.sleep(LOOK_SECONDS)
    tell("the stack has stopped")


def _take_signals() -> None:
    """A closed terminal or SIGTERM ends the demo as Ctrl-C does."""
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, signal.default_int_handler)
