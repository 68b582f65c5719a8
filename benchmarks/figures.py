"""What a measurement says, and how rates are taken.

In: something to do, how many things one go does. Out: things a second.
"""

from collections.abc import Callable
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
