"""A log without a broker, and the only clock that the simulated world has.

In: records. Out: the same records in partitions, each with the time at which the log took it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ratio.domain.facts import Known
from shared.contracts import LedgerRecord, Policy, Post, Unit

MILLISECOND = timedelta(milliseconds=1)
# Two partitions of each keyed topic are enough for every race between two of them.
CHANNEL_PARTITIONS = 2
POSTS, VERDICTS, UNITS, ACTS = "posts", "verdicts", "units", "acts"

Partition = tuple[str, int]
PARTITIONS: tuple[Partition, ...] = (
    *((POSTS, number) for number in range(CHANNEL_PARTITIONS)),
    *((VERDICTS, number) for number in range(CHANNEL_PARTITIONS)),
    (UNITS, 0),
    (ACTS, 0),
)
Offsets = dict[Partition, int]
Record = Post | LedgerRecord | Unit | Policy


@dataclass(slots=True)
class Clock:
    """One time for all; it moves only when it is told to."""

    now: datetime

    def tick(self, by: timedelta) -> None:
        """Let time pass; it may be none at all, so that two records come in one moment."""
        self.now += by


@dataclass(frozen=True, slots=True)
class Logged:
    """A record, and the time that the log keeps with it: whole milliseconds, as Kafka does."""

    record: Record
    logged_at: datetime


@dataclass(slots=True)
class Log:
    """Records in the order in which they were taken, partition by partition."""

    clock: Clock
    partitions: dict[Partition, list[Logged]] = field(
        default_factory=lambda: {partition: [] for partition in PARTITIONS}
    )

    def append(self, partition: Partition, record: Record) -> None:
        """Take a record."""
        now = self.clock.now
        logged_at = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
        self.partitions[partition].append(Logged(record, logged_at))

    def repeat(self, partition: Partition, number: int) -> None:
        """Take a record again, as a sender does whose answer was lost."""
        taken = self.partitions[partition]
        if taken:
            self.append(partition, taken[number % len(taken)].record)

    def read(self, partition: Partition, offset: int, records_max: int) -> Sequence[Logged]:
        """The next records of a partition."""
        return self.partitions[partition][offset : offset + records_max]

    def ends(self) -> Offsets:
        """The offset after the last record of each partition."""
        return {partition: len(taken) for partition, taken in self.partitions.items()}

    def facts_until(self, offsets: Offsets) -> Iterator[Post | Known]:
        """What the log had said about posts up to these offsets."""
        for partition, taken in self.partitions.items():
            if partition[0] in (POSTS, VERDICTS):
                yield from map(fact_of, taken[: offsets[partition]])


def fact_of(logged: Logged) -> Post | Known:
    """A record of the posts or verdicts as the fold takes it."""
    record = logged.record
    assert not isinstance(record, Unit | Policy)
    return record if isinstance(record, Post) else Known(record, logged.logged_at)


def partition_of(topic: str, channel_number: int) -> Partition:
    """Where everything about a channel goes."""
    return topic, channel_number % CHANNEL_PARTITIONS
