"""Commands of the ratio service.

In: a command and environment variables. Out: a running service, or counts made anew or checked.
"""

import sys

import typer
import uvloop

from services.ratio import rebuild as rebuilding
from services.ratio import verify as verifying
from services.ratio.app import build_app
from services.ratio.settings import Settings
from shared import http
from shared.logs import configure_logs
from shared.settings import (
    HttpSettings,
    KafkaSettings,
    LogSettings,
    PostgresSettings,
    stop_if_bad,
)

app = typer.Typer(
    help="Counts verdicts and answers each unit's ratio. Settings: docs/settings.md.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: serve."""
    stop_if_bad(Settings, HttpSettings, KafkaSettings, LogSettings, PostgresSettings)
    configure_logs(LogSettings(), "ratio")
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Apply the log and serve HTTP until SIGTERM or Ctrl-C."""
    settings, web = Settings(), HttpSettings()
    service = build_app(settings, KafkaSettings(), PostgresSettings(), web)
    uvloop.run(http.serve(service, settings.host, settings.port, web))


@app.command()
def rebuild() -> None:
    """Drop all counts and make them anew from the log. Stop the service first."""
    uvloop.run(rebuilding.rebuild(Settings(), KafkaSettings(), PostgresSettings(), tell))


@app.command()
def verify() -> None:
    """Compare the day counts with a recount of the ledger; exit 1 at a difference."""
    if uvloop.run(verifying.verify(PostgresSettings(), tell)):
        raise typer.Exit(1)


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m services.ratio")
