"""`python -m services.ingest`: serve the ingest service.

In: environment variables. Out: exit code 0, or 2 and a line for each bad variable.
"""

import typer
import uvloop

from services.ingest.app import build_app
from services.ingest.settings import Settings
from shared import http
from shared.logs import configure_logs
from shared.settings import HttpSettings, KafkaSettings, LogSettings, PostgresSettings, stop_if_bad

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
    stop_if_bad(Settings, HttpSettings, KafkaSettings, LogSettings, PostgresSettings)
    configure_logs(LogSettings(), "ingest")
    settings, web = Settings(), HttpSettings()
    service = build_app(settings, KafkaSettings(), PostgresSettings(), web)
    uvloop.run(http.serve(service, settings.host, settings.port, web))


if __name__ == "__main__":
    app(prog_name="python -m services.ingest")
