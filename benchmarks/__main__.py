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

from benchmarks import applying, encoding, judging, reading, rebuilding
from benchmarks.figures import Figure, Latency

Measured = Sequence[Figure] | Sequence[Latency]
PARTS: dict[str, Callable[[Callable[[str], None]], Measured]] = {
    "encoding": encoding.measure,
    "judging": judging.measure,
    "alone": judging.measure_alone,
    "applying": applying.measure,
    "reading": reading.measure,
    "rebuilding": rebuilding.measure,
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


def as_table(title: str, measured: Measured) -> Table:
    """The figures of one part."""
    rates = [one for one in measured if isinstance(one, Figure)]
    return rates_table(title, rates) if rates else latencies_table(title, measured)


def rates_table(title: str, figures: Sequence[Figure]) -> Table:
    """Each rate beside its baseline."""
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


def latencies_table(title: str, measured: Measured) -> Table:
    """Milliseconds of each question."""
    table = Table("what", "p50 ms", "p95 ms", title=title)
    for one in measured:
        if isinstance(one, Latency):
            table.add_row(one.what, f"{1_000 * one.p50:.1f}", f"{1_000 * one.p95:.1f}")
    return table


def tell(line: str) -> None:
    """Progress for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
