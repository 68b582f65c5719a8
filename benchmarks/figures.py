"""What a measurement says, and how rates and latencies are taken.

In: something to do, how many things one go does; seconds. Out: things a second; percentiles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

GOES = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate (things a second) beside that of its baseline, from the same run."""

    what: str
    rate: float
    baseline: str
    baseline_rate: float


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a question takes, in seconds."""

    what: str
    p50: float
    p95: float


def latency_of(what: str, seconds: Sequence[float]) -> Latency:
    """Median and 95th percentile, by the nearest rank."""
    ordered = sorted(seconds)
    return Latency(what, ordered[len(ordered) // 2], ordered[-(-95 * len(ordered) // 100) - 1])


def best_rates(count: int, *goes: Callable[[], object]) -> list[float]:
    """Things a second of each, where one go does `count`; the best of GOES rounds.

    The rounds alternate, so that a slow moment of the machine does not fall on one side.
    """
    best = [float("inf")] * len(goes)
    for _ in range(GOES):
        for place, go in enumerate(goes):
            started = perf_counter()
            go()
            best[place] = min(best[place], perf_counter() - started)
    return [count / seconds for seconds in best]
