"""Commands of the ratio service.

In: a command and environment variables. Out: a running service, or counts made anew or checked.
"""

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings

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
    explain,
)

app = typer.Typer(
    help="Counts verdicts and answers each unit's ratio. Settings: docs/settings.md.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: serve."""
    with settings_explained():
        configure_logs(LogSettings(), "ratio")
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Apply the log and serve HTTP until SIGTERM or Ctrl-C."""
    with settings_explained():
        settings, web = Settings(), HttpSettings()
        service = build_app(settings, KafkaSettings(), PostgresSettings(), web)
    asyncio.run(http.serve(service, settings.host, settings.port, web))


@app.command()
def rebuild() -> None:
    """Drop all counts and make them anew from the log. Stop the service first."""
    with settings_explained():
        settings = Settings()
        work = rebuilding.rebuild(settings, KafkaSettings(), PostgresSettings(), tell)
    asyncio.run(work)


@app.command()
def verify() -> None:
    """Compare the day counts with a recount of the ledger; exit 1 at a difference."""
    with settings_explained():
        work = verifying.verify(PostgresSettings(), tell)
    if asyncio.run(work):
        raise typer.Exit(1)


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def settings_explained() -> Generator[None]:
    """All bad variables, one a line, and exit code 2, instead of a traceback."""
    try:
        yield
    except ValidationError as error:
        tell(explain(error, _prefix_of(error.title)))
        raise typer.Exit(2) from None


def _prefix_of(title: str) -> str:
    classes = (Settings, HttpSettings, KafkaSettings, LogSettings, PostgresSettings)
    known: dict[str, type[BaseSettings]] = {one.__name__: one for one in classes}
    return known[title].model_config.get("env_prefix", "")


if __name__ == "__main__":
    app(prog_name="python -m services.ratio")
