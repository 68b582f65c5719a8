"""`python -m deploy.local`: the whole system on one machine.

In: a command. Out: exit code 0, or 1 and one clear message on standard error.
"""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.local import background, state
from deploy.local.console import JarProgress, log_file, log_stream
from deploy.local.errors import StackError
from deploy.local.foreground import keep_up
from deploy.local.jars import ensure
from deploy.local.locks import AlreadyRunning, only_supervisor, supervisor_pid
from deploy.local.ports import refuse_taken
from deploy.local.settings import ENV_PREFIX, LocalSettings
from deploy.local.stack import stack_programs

app = typer.Typer(
    help="PostgreSQL, Kafka and the four services of Cân Đối on this machine. "
    f"Ports and folders: {ENV_PREFIX}GATEWAY_PORT, {ENV_PREFIX}DATA_DIR and so on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Run in the background; return when all is ready.")
    ] = False,
) -> None:
    """Start everything that is not running. In the foreground, Ctrl-C stops it."""
    with errors_told():
        settings = LocalSettings()
        if pid := supervisor_pid(settings.data_dir):
            tell(f"already running (process {pid})")
            return
        refuse_taken(settings)
        jars = ensure(settings.cache_dir, JarProgress())
        if detach:
            background.start(settings, tell)
            return
        with only_supervisor(settings.data_dir):
            programs = stack_programs(settings, jars)
            say = log_stream((program.name for program in programs), settings.data_dir)
            asyncio.run(keep_up(settings, programs, say))


@app.command()
def down() -> None:
    """Stop everything calmly; the data stay."""
    with errors_told():
        if not background.stop(LocalSettings(), tell):
            tell("not running")


@app.command()
def clean() -> None:
    """Stop everything and remove its data; the downloaded jars stay."""
    with errors_told():
        settings = LocalSettings()
        background.stop(settings, tell)
        background.remove_data(settings)
        tell("data removed")


@app.command()
def status() -> None:
    """Show what runs. Exit code 0 if everything is ready, else 1."""
    with errors_told():
        settings = LocalSettings()
        now = state.read(settings.data_dir) if supervisor_pid(settings.data_dir) else None
        if now is None:
            tell("not running")
            raise typer.Exit(1)
        table = Table("program", "state", "process", "deaths")
        for program in now.programs:
            table.add_row(program.name, program.state, str(program.pid or "-"), str(program.deaths))
        Console().print(table)
        raise typer.Exit(0 if now.ready else 1)


@app.command()
def logs(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option(min=0, help="How many of the last lines.")] = 200,
) -> None:
    """Show the log of all programs."""
    with errors_told():
        file = log_file(LocalSettings().data_dir)
        if not file.exists():
            raise StackError("no log yet: nothing has been started")
        os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), str(file)])


def tell(text: str) -> None:
    """One line for the person at the terminal."""
    print(text, flush=True)


@contextmanager
def errors_told() -> Generator[None]:
    """What an operator can mend is told without a traceback; exit code 1."""
    try:
        yield
    except AlreadyRunning as running:
        tell(str(running))
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            variable = ENV_PREFIX + "_".join(map(str, fault["loc"])).upper()
            print(f"error: {variable}: {fault['msg']}", file=sys.stderr)
        raise typer.Exit(1) from None
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


if __name__ == "__main__":
    app(prog_name="python -m deploy.local")
