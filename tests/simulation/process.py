"""A ratio service, step by step: after each step it may be stopped, forgotten, or killed.

In: the log and the database. Out: the same statements in the same order as `services/ratio`'s
consumer sends, in one transaction a batch.
"""

from collections.abc import Generator, Iterator, Sequence
from uuid import UUID

from services.ratio.domain.facts import Known
from services.ratio.domain.ledger import Folded, fold
from shared.contracts import Policy, Post, Unit
from tests.simulation.database import Database, DatabaseError, OffsetsMoved, Transaction
from tests.simulation.log import ACTS, PARTITIONS, UNITS, Log, Logged, Offsets, Partition, fact_of

Sizes = Sequence[int]
"""How many records of each partition the next poll may bring."""


class Batch:
    """Records of one poll, sorted by what they move."""

    def __init__(self, polled: dict[Partition, Sequence[Logged]], positions: Offsets) -> None:
        self.next_offsets = {one: positions[one] + len(found) for one, found in polled.items()}
        self.facts: list[Post | Known] = []
        self.units: list[Unit] = []
        self.acts: list[Policy] = []
        for (topic, _), found in polled.items():
            if topic == UNITS:
                self.units += [one.record for one in found if isinstance(one.record, Unit)]
            elif topic == ACTS:
                self.acts += [one.record for one in found if isinstance(one.record, Policy)]
            else:
                self.facts += map(fact_of, found)

    def post_ids(self) -> set[UUID]:
        """The posts that the batch tells of."""
        return {one.post_id if isinstance(one, Post) else one.record.post_id for one in self.facts}


class Process:
    """One ratio service. What it remembers dies with it."""

    def __init__(self, log: Log, database: Database) -> None:
        self._log, self._database = log, database
        self._sizes: Sizes = ()
        self._positions: Offsets = {}
        self.lost = 0
        self._steps = self._run()

    def step(self, sizes: Sizes) -> str:
        """Go on to the next point where it may die; what it has done by then."""
        self._sizes = sizes
        return next(self._steps)

    def die(self) -> None:
        """SIGKILL, then a new process: the server rolls back what was open."""
        self._steps.close()
        self._steps = self._run()

    def _run(self) -> Generator[str]:
        while True:
            try:
                self._positions = dict(self._database.committed.consumed)
                yield "begun where the database stands"
                while True:
                    yield from self._apply(self._poll())
            except DatabaseError as error:
                self.lost += isinstance(error, OffsetsMoved)
                yield f"failed: {error!r}"

    def _poll(self) -> Batch:
        polled: dict[Partition, Sequence[Logged]] = {}
        for partition, size in zip(PARTITIONS, self._sizes, strict=True):
            if found := self._log.read(partition, self._positions[partition], size):
                polled[partition] = found
        return Batch(polled, self._positions)

    def _apply(self, batch: Batch) -> Iterator[str]:
        yield f"polled {batch.next_offsets}"
        if not batch.next_offsets:
            self._look_where_the_database_stands()
            return
        # Of every partition, moved or not: a post's revisions and its verdicts lie in two of them,
        # and two services that applied one each at the same time would not see each other's.
        after = self._positions | batch.next_offsets
        with self._database.begin() as transaction:
            while transaction.must_wait(after):
                yield "waits for a lock"
            transaction.move_offsets(self._positions, after)
            yield "offsets moved"
            known = transaction.read_facts(batch.post_ids())
            yield "facts read"
            folded = fold(known, batch.facts)
            yield from _write(transaction, folded, batch)
        yield "committed"
        self._positions |= batch.next_offsets

    def _look_where_the_database_stands(self) -> None:
        # A server that died may have forgotten the last commits. While nothing new comes, no
        # compare-and-set would ever notice.
        if self._database.committed.consumed != self._positions:
            raise OffsetsMoved


def _write(transaction: Transaction, folded: Folded, batch: Batch) -> Iterator[str]:
    if folded.posts:
        transaction.put_posts(folded.posts)
        yield "posts written"
    if folded.records:
        transaction.add_history(folded.records)
        yield "history written"
    if folded.added:
        transaction.add_entries(folded.added)
        yield "entries added"
    if folded.changed:
        transaction.change_entries(folded.changed)
        yield "entries changed"
    if folded.changes:
        transaction.move_buckets(folded.changes)
        yield "buckets moved"
    if batch.units:
        transaction.put_units(batch.units)
        yield "units written"
    if batch.acts:
        transaction.add_acts(batch.acts)
        yield "acts written"
