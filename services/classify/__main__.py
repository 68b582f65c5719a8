"""`python -m services.classify`: serve the classify service, or judge all posts again.

In: environment variables. Out: exit code 0; 2 and a line for each bad variable or a bad bundle.
"""

import sys

import typer
import uvloop

from services.classify import rejudge as rejudging
from services.classify.app import build_app
from services.classify.bundle import BundleInvalid
from services.classify.model import Model
from services.classify.settings import Settings
from shared import http
from shared.logs import configure_logs
from shared.settings import HttpSettings, KafkaSettings, LogSettings, stop_if_bad

app = typer.Typer(
    help="Judges posts: candoi.posts.v1 in, candoi.verdicts.v1 out. "
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
    settings, model = _opened()
    web = HttpSettings()
    service = build_app(settings, model, KafkaSettings(), web)
    uvloop.run(http.serve(service, settings.host, settings.port, web))


@app.command()
def rejudge() -> None:
    """Judge all posts of the last 90 days again, after the model was changed.

    The services may run meanwhile. Reviews stand; old verdicts stay in the history.
    """
    settings, model = _opened()
    uvloop.run(rejudging.rejudge(settings, model, KafkaSettings(), _tell))


def _opened() -> tuple[Settings, Model]:
    stop_if_bad(Settings, HttpSettings, KafkaSettings, LogSettings)
    configure_logs(LogSettings(), "classify")
    settings = Settings()
    try:
        return settings, Model(settings)
    except BundleInvalid as error:
        # One line, whatever the library says.
        print(" ".join(f"CANDOI_CLASSIFY_BUNDLE: {error}".split()), file=sys.stderr)
        raise typer.Exit(2) from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m services.classify")
