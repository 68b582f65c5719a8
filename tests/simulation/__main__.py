"""`python -m tests.simulation`: ten thousand lives of the simulated province, or one told.

In: how many seeds, or which one. Out: every seed whose life broke a promise; exit 1 if any did.
"""

import sys
from collections.abc import Iterator
from multiprocessing import Pool, cpu_count
from time import monotonic
from typing import Annotated

import typer

from tests.simulation.chance import live

PORTION, TELL_EVERY = 50, 1_000
REASON_CHARACTERS = 300

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many lives.")] = 10_000,
    first: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Live one life, telling each event.")] = None,
) -> None:
    """Live through simulated worlds and check every promise in each."""
    if seed is not None:
        live(seed, print)
        print("every promise was kept")
        return
    broken = _run(range(first, first + seeds))
    if broken:
        print(f"replay one: {sys.executable} -m tests.simulation --seed {broken[0]}")
        raise typer.Exit(1)


def _run(seeds: range) -> list[int]:
    """All lives, on all cores; the seeds of those that broke a promise."""
    began, done = monotonic(), 0
    broken: list[int] = []
    with Pool(cpu_count()) as pool:
        for portion, failures in pool.imap_unordered(_live_all, _portions(seeds)):
            done += len(portion)
            for number, reason in failures:
                broken.append(number)
                print(f"seed {number}: {reason}", flush=True)
            if done % TELL_EVERY == 0:
                rate = done / (monotonic() - began)
                left = (len(seeds) - done) / rate
                print(f"{done:,} of {len(seeds):,}, {rate:,.0f}/s, {left:.0f} s left", flush=True)
    print(f"{len(broken)} of {len(seeds):,} seeds failed, {monotonic() - began:.1f} s")
    return sorted(broken)


def _portions(seeds: range) -> Iterator[range]:
    for start in range(seeds.start, seeds.stop, PORTION):
        yield range(start, min(start + PORTION, seeds.stop))


def _live_all(seeds: range) -> tuple[range, list[tuple[int, str]]]:
    failures: list[tuple[int, str]] = []
    for seed in seeds:
        try:
            live(seed)
        # Not only broken promises: a fault of the code under test is one as well.
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            failures.append((seed, reason[:REASON_CHARACTERS]))
    return seeds, failures


if __name__ == "__main__":
    app(prog_name="python -m tests.simulation")
