"""`python -m services.ingest`: serve the ingest service.

In: environment variables. Out: exit code 0, or 2 and a line for each bad variable.
"""

import sys
from typing import TypeVar

import typer
import uvloop
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from services.ingest.app import build_app
from services.ingest.settings import Settings
from shared.http import serve as serve_http
from shared.logs import configure_logs
from shared.settings import HttpSettings, KafkaSettings, LogSettings, PostgresSettings, explain

SettingsT = TypeVar("SettingsT", bound=BaseSettings)

app = typer.Typer(
    help="Takes posts into the log and keeps the registry of units and channels. "
    "Settings are environment variables: docs/settings.md.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Serve, unless another command is named."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    bad: list[str] = []
    settings = _read(Settings, bad)
    kafka, postgres = _read(KafkaSettings, bad), _read(PostgresSettings, bad)
    http, logs = _read(HttpSettings, bad), _read(LogSettings, bad)
    if not (settings and kafka and postgres and http and logs):
        print("\n".join(bad), file=sys.stderr)
        raise typer.Exit(2)
    configure_logs(logs, "ingest")
    service = build_app(settings, kafka, postgres, http)
    uvloop.run(serve_http(service, settings.host, settings.port, http))


def _read(settings_type: type[SettingsT], bad: list[str]) -> SettingsT | None:
    try:
        return settings_type()
    except ValidationError as error:
        bad.append(explain(error, settings_type.model_config.get("env_prefix", "")))
        return None


if __name__ == "__main__":
    app(prog_name="python -m services.ingest")
