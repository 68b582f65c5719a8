"""What a person sees: one stream of lines, each with the name of who said it, and progress.

In: lines and counts. Out: the terminal (colours only on a terminal) and one log file.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.local.supervisor import STACK, Say

LOG_BYTES_MAX = 16_777_216
OLD_LOGS = 2
COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92")
BOLD, RESET = "\033[1m", "\033[0m"


def log_file(data_dir: Path) -> Path:
    """The one log of all programs; two older ones of 16 MiB are kept beside it."""
    return data_dir / "logs" / "stack.log"


def log_stream(names: Iterable[str], data_dir: Path) -> Say:
    """A `say` that writes to standard output and to the log file, prefixes aligned."""
    all_names = (STACK, *names)
    width = max(map(len, all_names))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(all_names[1:])}
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    write = _log_writer(log_file(data_dir))

    def say(name: str, line: str) -> None:
        prefix = f"{name:<{width}} |"
        write(f"{prefix} {line}")
        if coloured:
            style = BOLD if name == STACK else f"\033[{colours.get(name, '0')}m"
            prefix = f"{style}{prefix}{RESET}"
        print(prefix, line, flush=True)

    return say


def _log_writer(file: Path) -> Callable[[str], None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        file, maxBytes=LOG_BYTES_MAX, backupCount=OLD_LOGS, encoding="utf-8"
    )

    def write(line: str) -> None:
        handler.emit(logging.makeLogRecord({"msg": line}))

    return write


class JarProgress:
    """Tells on standard error how many of Kafka's jars are there: a bar, or a line every tenth."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None

    def __call__(self, there: int, of: int) -> None:
        if self._console.is_terminal:
            self._draw(there, of)
        elif there % 10 == 0 or there == of:
            print(f"Kafka: {there} of {of} jars downloaded", file=sys.stderr, flush=True)

    def _draw(self, there: int, of: int) -> None:
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(*columns, console=self._console)
            self._bar.add_task("Downloading the jars of Kafka", total=of)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=there)
        if there == of:
            self._bar.stop()
            self._bar = None
