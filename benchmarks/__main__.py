"""`python -m benchmarks`: measure, and tell each figure beside its baseline.

In: which parts. Out: a table for each; progress on standard error. Figures of different machines
say nothing of each other, so what counts is the last column: ours against the baseline.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import applying, encoding, judging
from benchmarks.figures import Figure

PARTS: dict[str, Callable[[Callable[[str], None]], Sequence[Figure]]] = {
    "encoding": encoding.measure,
    "judging": judging.measure,
    "applying": applying.measure,
}

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    part: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}; all without any.")
    ] = None,
) -> None:
    """Measure the named parts one after the other."""
    unknown = sorted(set(part or ()) - PARTS.keys())
    if unknown:
        print(f"no part named {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        raise typer.Exit(2)
    for name in part or PARTS:
        tell(f"{name}: measuring")
        Console().print(as_table(name, PARTS[name](tell)))


def as_table(title: str, figures: Sequence[Figure]) -> Table:
    """The figures of one part."""
    table = Table("what", "a second", "baseline", "a second", "ratio", title=title)
    for one in figures:
        table.add_row(
            one.what,
            f"{one.rate:,.0f}",
            one.baseline,
            f"{one.baseline_rate:,.0f}",
            f"{one.rate / one.baseline_rate:.2f}",
        )
    return table


def tell(line: str) -> None:
    """Progress for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
