"""`python -m services.gateway`: serve the public API, or manage its keys.

In: a command and environment variables. Out: exit code 0, or 2 and a line for each bad variable.
"""

import typer
import uvloop

from services.gateway import keys
from services.gateway.app import build_app
from services.gateway.settings import Settings
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
    help="The public API: /v1. Settings are environment variables: docs/settings.md.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Serve, unless another command is named."""
    stop_if_bad(LogSettings)
    configure_logs(LogSettings(), "gateway")
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    stop_if_bad(Settings, HttpSettings, KafkaSettings, PostgresSettings)
    settings, web = Settings(), HttpSettings()
    service = build_app(settings, KafkaSettings(), PostgresSettings(), web)
    uvloop.run(http.serve(service, settings.host, settings.port, web))


if __name__ == "__main__":
    app(prog_name="python -m services.gateway")
