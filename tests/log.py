"""Records as the log would give them: each with the time at which the broker took it.

In: posts and records, in the order of the log. Out: the news that ratio's fold takes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.ratio.domain.facts import Known
from shared.contracts import LedgerRecord, Post
from tests.builders import NOON

SECOND = timedelta(seconds=1)


def in_log(news: Iterable[Post | LedgerRecord], first_at: datetime = NOON) -> list[Post | Known]:
    """Each record a second after the one before it."""
    return [
        one if isinstance(one, Post) else Known(one, first_at + number * SECOND)
        for number, one in enumerate(news)
    ]
