"""Which channels published regularly and then went quiet: is the sender down?

In: the days on which a channel published, and a day. Out: its last day and its usual gap, if it was
silent on that day. A channel that the registry ended before is the caller's to leave out.

A figure without such a channel looks better or worse than it is. The report is a question to the
unit, not a charge: public holidays and a broken feed look the same from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

# What was regular is read off the last quarter of a year in which the channel published: enough
# for a weekly one, and an old habit does not count for ever.
HABIT_DAYS = 90
# Two posts a month are no habit that a silence could break, nor are the posts of one campaign.
ACTIVE_DAYS_MIN = 8
WEEKS_MIN = 3
# A long weekend is no silence. One gap in ten is longer than the usual one, so that alone says
# nothing; twice as long does.
QUIET_DAYS_MIN = 3
QUIET_GAPS = 2
# A silence is told for a quarter of a year after the habit; then the registry should know of it.
# It is also all that the caller has to look up.
LOOK_BACK_DAYS = 2 * HABIT_DAYS


@dataclass(frozen=True, slots=True)
class Silence:
    """The last day on which the channel published, and the days that usually lay between two."""

    last_day: date
    usual_gap_days: int


def silent(active_days: Iterable[date], today: date) -> Silence | None:
    """The channel's silence on that day; None if it publishes, or never did so regularly.

    The days may come in any order and more than once; those after `today`, or LOOK_BACK_DAYS or
    more before it, are left out.
    """
    known = sorted({day for day in active_days if 0 <= (today - day).days < LOOK_BACK_DAYS})
    if not known:
        return None
    last_day = known[-1]
    habit = [day for day in known if (last_day - day).days < HABIT_DAYS]
    if not _regular(habit):
        return None
    gap = _usual_gap_days(habit)
    quiet = (today - last_day).days > max(QUIET_DAYS_MIN, QUIET_GAPS * gap)
    return Silence(last_day, gap) if quiet else None


def _regular(days: list[date]) -> bool:
    weeks = {day - timedelta(days=day.weekday()) for day in days}
    return len(days) >= ACTIVE_DAYS_MIN and len(weeks) >= WEEKS_MIN


def _usual_gap_days(days: list[date]) -> int:
    """Nine of ten gaps between neighbouring days are no longer; needs two days, in order."""
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    # The nearest rank, rounded up in whole numbers.
    return gaps[-(-9 * len(gaps) // 10) - 1]
