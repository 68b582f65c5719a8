"""Commands of the ratio service.

In: a command and environment variables. Out: a running service, or counts made anew or checked;
exit code 2 and a line for each bad variable or a bad template of reports.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvloop
from kafka.errors import KafkaError

from services.ratio import rebuild as rebuilding
from services.ratio import verify as verifying
from services.ratio.app import build_app
from services.ratio.reports.docx import TemplateInvalid
from services.ratio.reports.trial import try_template
from services.ratio.settings import Settings
from services.ratio.shadow import ShadowRefused
from shared import http
from shared.background import PersonNeeded
from shared.logs import configure_logs
from shared.postgres import GONE
from shared.settings import (
    HttpSettings,
    KafkaSettings,
    LogSettings,
    PostgresSettings,
    stop_if_bad,
)

ResultT = TypeVar("ResultT")

# What an operator can mend; anything else is a bug and shows its traceback.
FAILURES = (ShadowRefused, PersonNeeded, KafkaError, *GONE)

app = typer.Typer(
    help="Counts verdicts and answers each unit's ratio. Settings: docs/settings.md.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: serve."""
    stop_if_bad(Settings, HttpSettings, KafkaSettings, LogSettings, PostgresSettings)
    logs, command = LogSettings(), context.invoked_subcommand
    if command in ("rebuild", "verify"):
        # A line for each of a thousand batches would bury the progress.
        logs = logs.model_copy(update={"level": "warning"})
    configure_logs(logs, "ratio")
    if command is None:
        serve()


@app.command()
def serve() -> None:
    """Apply the log and serve HTTP until SIGTERM or Ctrl-C."""
    settings, web = Settings(), HttpSettings()
    if settings.report_template is not None:
        _try(settings.report_template)
    service = build_app(settings, KafkaSettings(), PostgresSettings(), web)
    uvloop.run(http.serve(service, settings.host, settings.port, web))


@app.command()
def rebuild() -> None:
    """Make all counts anew from the log.

    The old ones go on serving until the new ones are complete and take their place in one moment;
    the service may run or not. Progress with rate and time left goes to standard error. Ctrl-C,
    SIGTERM or a crash leave everything as it was. Exit 2: nothing was done, the last line says
    why.
    """
    _run(rebuilding.rebuild(KafkaSettings(), PostgresSettings(), tell))


@app.command()
def verify(
    quick: Annotated[
        bool, typer.Option("--quick", help="Only the day counts against a recount of the ledger.")
    ] = False,
) -> None:
    """Compare buckets, ledger and history with what the log says.

    Makes the counts anew beside those that serve (as long as a rebuild, as much disk), compares
    every row, recounts the ledger, and makes the digest of every closed window again. The first
    difference of each kind goes to standard error, with progress, rate and time left; nothing is
    changed, the service may run or not. Exit 0: all agree. Exit 1: there are differences.
    Exit 2: nothing was compared, the last line says why.
    """
    kafka, postgres = KafkaSettings(), PostgresSettings()
    if _run(
        verifying.verify_quickly(postgres, tell)
        if quick
        else verifying.verify(kafka, postgres, tell)
    ):
        raise typer.Exit(1)


def _try(template: Path) -> None:
    try:
        try_template(template)
    except TemplateInvalid as error:
        # One line, whatever the file is called.
        tell(" ".join(f"CANDOI_RATIO_REPORT_TEMPLATE: {error}".split()))
        raise typer.Exit(2) from error


def _run(work: Coroutine[None, None, ResultT]) -> ResultT:
    """Run to the end, or until Ctrl-C or SIGTERM; what was begun is cleared away first."""

    async def stoppable() -> ResultT:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return uvloop.run(stoppable())
    except (KeyboardInterrupt, asyncio.CancelledError) as stopped:
        tell("stopped; nothing was changed")
        raise typer.Exit(2) from stopped
    except FAILURES as error:
        tell(f"{type(error).__name__}: {error}")
        raise typer.Exit(2) from error


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m services.ratio")
