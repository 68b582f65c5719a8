"""A database without a server: transactions that commit whole or not at all, row locks, crashes.

In: what ratio's `store` would write. Out: the same rows, or the error that PostgreSQL would raise.
Each statement sees what is committed at that moment, as in READ COMMITTED.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from uuid import UUID

from services.ratio.domain.facts import Facts, Known, latest_of, record_key
from services.ratio.domain.ledger import Bucket, Change, LedgerEntry
from shared.contracts import Policy, Post, Unit
from tests.simulation.log import Offsets, Partition
from tests.simulation.tables import Tables, past_of, row_of

# Commits do not wait for the disk: these may be forgotten when the server dies.
COMMITS_IN_MEMORY_MAX = 3


class DatabaseError(Exception):
    """The transaction is rolled back."""


class OffsetsMoved(DatabaseError):
    """The compare-and-set found other offsets."""


class Violated(DatabaseError):
    """A primary key or a check."""


class ConnectionLost(DatabaseError):
    """The server or the connection died under the transaction."""


class Database:
    """The committed tables, who holds which lock, and which commits a crash would forget."""

    def __init__(self) -> None:
        self._commits = deque([Tables()], maxlen=1 + COMMITS_IN_MEMORY_MAX)
        self._open: list[Transaction] = []
        self.locks: dict[Partition, Transaction] = {}

    @property
    def committed(self) -> Tables:
        """What every new statement sees."""
        return self._commits[-1]

    def begin(self) -> "Transaction":
        """A new transaction."""
        transaction = Transaction(self)
        self._open.append(transaction)
        return transaction

    def end(self, transaction: "Transaction", tables: Tables | None) -> None:
        """Commit these tables, or nothing; give the locks back."""
        self.locks = {one: held for one, held in self.locks.items() if held is not transaction}
        if transaction in self._open:
            self._open.remove(transaction)
        if tables is not None:
            self._commits.append(tables)

    def cut(self) -> None:
        """Every connection breaks."""
        for transaction in tuple(self._open):
            transaction.lost = True
            self.end(transaction, None)

    def crash(self, commits: int) -> None:
        """The server dies; the last commits, so many of them, had not reached the disk."""
        self.cut()
        for _ in range(min(commits, len(self._commits) - 1)):
            self._commits.pop()


class Transaction:
    """Statements that take effect together when the block ends well, and never else."""

    def __init__(self, database: Database) -> None:
        self.lost = False
        self._database = database
        self._writes: list[Callable[[Tables], None]] = []

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._database.end(self, None)
            return
        try:
            tables = self._seen().copy()
            for write in self._writes:
                write(tables)
        except DatabaseError:
            self._database.end(self, None)
            raise
        self._database.end(self, tables)

    def _seen(self) -> Tables:
        if self.lost:
            raise ConnectionLost
        return self._database.committed

    def must_wait(self, partitions: Iterable[Partition]) -> bool:
        """Whether another transaction holds one of these rows of `consumed`."""
        self._seen()
        return any(self._database.locks.get(one, self) is not self for one in partitions)

    def move_offsets(self, before: Offsets, after: Offsets) -> None:
        """Compare-and-set; the rows are locked until the end. Raises OffsetsMoved."""
        consumed = self._seen().consumed
        if any(consumed[partition] != before[partition] for partition in after):
            raise OffsetsMoved
        self._database.locks |= dict.fromkeys(after, self)
        self._writes.append(lambda tables: tables.consumed.update(after))

    def read_facts(self, post_ids: Iterable[UUID]) -> dict[UUID, Facts]:
        """As `store.facts` does."""
        return self._seen().facts(post_ids)

    def put_posts(self, posts: Sequence[Post]) -> None:
        """Write the newest revision of each post."""
        self._seen()
        self._writes.append(
            lambda tables: tables.posts.update({one.post_id: latest_of(one) for one in posts})
        )

    def add_history(self, records: Sequence[Known]) -> None:
        """Add records that are new."""
        self._seen()

        def write(tables: Tables) -> None:
            for one in records:
                post_id, key = one.record.post_id, record_key(one.record)
                before = tables.history.get(post_id, {})
                if key in before:
                    raise Violated(f"history has {key} already")
                tables.history[post_id] = {**before, key: one}

        self._writes.append(write)

    def add_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what stands for posts that the ledger does not have."""
        self._seen()

        def write(tables: Tables) -> None:
            for entry in entries:
                if entry.post_id in tables.ledger:
                    raise Violated(f"ledger has {entry.post_id} already")
                _put_entry(tables, entry)

        self._writes.append(write)

    def change_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what stands now for posts that the ledger may have, and what stood before."""
        self._seen()

        def write(tables: Tables) -> None:
            for entry in entries:
                _put_entry(tables, entry)

        self._writes.append(write)

    def move_buckets(self, changes: Mapping[Bucket, Change]) -> None:
        """Move the counts by the differences; none may fall below zero."""
        self._seen()

        def write(tables: Tables) -> None:
            for bucket, by in changes.items():
                now = tables.buckets.get(bucket, Change(0, 0))
                moved = Change(now.posts + by.posts, now.needs_review + by.needs_review)
                if moved.posts < 0 or moved.needs_review < 0:
                    raise Violated(f"{bucket} would hold {moved}")
                tables.buckets[bucket] = moved

        self._writes.append(write)

    def put_units(self, units: Sequence[Unit]) -> None:
        """Keep every version of each unit, once."""
        self._seen()
        new = {(one.unit_id, one.version): one for one in units}
        self._writes.append(
            lambda tables: tables.unit_versions.update(
                {key: one for key, one in new.items() if key not in tables.unit_versions}
            )
        )

    def add_acts(self, acts: Sequence[Policy]) -> None:
        """Keep every act, once."""
        self._seen()
        self._writes.append(lambda tables: tables.acts.update({one.act_id: one for one in acts}))


def _put_entry(tables: Tables, entry: LedgerEntry) -> None:
    tables.ledger[entry.post_id] = row_of(entry, entry.standing)
    tables.ledger_past[entry.post_id] = past_of(entry)
