"""How far a long work is, told to whoever waits for it.

In: how many records are done. Out: a line every two seconds, with the rate and the time left.
"""

from collections.abc import Callable
from time import monotonic

Tell = Callable[[str], None]

TELL_SECONDS = 2.0


class Meter:
    """Tells how far `total` records are done; the clock starts now."""

    def __init__(self, total: int, tell: Tell, clock: Callable[[], float] = monotonic) -> None:
        self._total, self._tell, self._clock = total, tell, clock
        self._started = self._told = clock()

    def left(self, records: int) -> None:
        """Tell how many are left, unless the last line is younger than two seconds."""
        now = self._clock()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            self._tell(progress(self._total - records, self._total, now - self._started))


def progress(done: int, total: int, seconds: float) -> str:
    """One line, e.g. `412,000 of 1,000,000 records, 18,300/s, 32 s left`."""
    rate = done / seconds
    left = f", {duration((total - done) / rate)} left" if done else ""
    return f"{done:,} of {total:,} records, {rate:,.0f}/s{left}"


def duration(seconds: float) -> str:
    """In the unit that a person would use: `95 s`, `14 min`, `3 h 20 min`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours >= 2 else f"{60 * hours + minutes} min"
