"""How far a long step is, on standard error.

In: counts. Out: a bar on a terminal, otherwise a line every tenth.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

Told = Callable[[int], None]
"""Called with how many are done by now."""


@contextmanager
def progress(what: str, of: int) -> Generator[Told]:
    """Tell how many of `of` are done, e.g. `posts judged: 340 of 680`."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lines(what, of, lambda line: print(line, file=sys.stderr, flush=True))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=of)
        yield lambda done: bar.update(task, completed=done)


def lines(what: str, of: int, tell: Callable[[str], None]) -> Told:
    """A line whenever another tenth is done, and one at the end."""
    tenths_told = 0

    def told(done: int) -> None:
        nonlocal tenths_told
        tenths = done * 10 // of if of else 10
        if tenths > tenths_told:
            tenths_told = tenths
            tell(f"{what}: {done} of {of}")

    return told
