"""What could not be read, and why: it goes to `candoi.dead-letters.v1`, the stream goes on.

In: a record and a reason. Out: the same bytes under the same key, with reason, topic, partition
and offset as headers, so that they can be sent again once the fault is mended.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from shared import metrics
from shared.background import PersonNeeded
from shared.kafka import Incoming, Outgoing

DEAD_LETTERS = "candoi.dead-letters.v1"

# More bad records in a row, or a larger part of the last thousand, and the fault is not theirs
# but ours (a wrong version, a wrong topic): then the consumer stops instead of emptying the log
# into the dead letters. Source: the dead-letter limits of getsentry/arroyo.
CONSECUTIVE_MAX = 100
RECENT_RECORDS = 1_000
RECENT_BAD_MAX = 50


class TooManyDeadLetters(PersonNeeded):
    """Nearly everything looks bad: going on would empty the log into the dead letters."""


def dead_letter(record: Incoming, reason: str) -> Outgoing:
    """The record as a dead letter; `reason` is cut at 500 characters. Counts it."""
    metrics.DEAD_LETTERS.labels(record.kafka_topic).inc()
    return Outgoing(
        kafka_topic=DEAD_LETTERS,
        record_key=record.record_key,
        value=record.value,
        headers=(
            ("reason", reason[:500].encode()),
            ("kafka_topic", record.kafka_topic.encode()),
            ("partition", str(record.partition).encode()),
            ("offset", str(record.offset).encode()),
            *record.headers,
        ),
    )


@dataclass(frozen=True, slots=True)
class DeadLetterLimit:
    """Tells a few bad records from a stream that is bad as a whole. A value: a batch that is
    read again is not counted twice, because only the batch that went through keeps its result."""

    consecutive: int = 0
    recent: tuple[bool, ...] = ()

    def after(self, bad: Iterable[bool]) -> "DeadLetterLimit":
        """The state after more records, each bad or not. Raises TooManyDeadLetters."""
        consecutive, recent = self.consecutive, deque(self.recent, RECENT_RECORDS)
        bad_recent = sum(recent)
        for one in bad:
            bad_recent += one - (recent[0] if len(recent) == RECENT_RECORDS else 0)
            recent.append(one)
            consecutive = consecutive + 1 if one else 0
            if consecutive > CONSECUTIVE_MAX:
                raise TooManyDeadLetters(f"{consecutive} bad records in a row")
            # The start of a stream has no last thousand yet: there only a row counts.
            if len(recent) == RECENT_RECORDS and bad_recent > RECENT_BAD_MAX:
                raise TooManyDeadLetters(
                    f"{bad_recent} of the last {RECENT_RECORDS} records are bad"
                )
        return DeadLetterLimit(consecutive, tuple(recent))
