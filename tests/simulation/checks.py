"""The promises of the ratio service, each checked in the simulated world.

In: the log and the database. Out: nothing, or an AssertionError that says which promise is broken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from services.ratio.domain.ledger import Change, bucket_changes, fold
from services.ratio.domain.window import standing
from shared.contracts import WindowName
from shared.local_time import local_day
from tests.simulation.brute_force import (
    Standing,
    Whom,
    count,
    falls_into,
    local_day_of,
    standings,
)
from tests.simulation.database import Database
from tests.simulation.figures import (
    Asked,
    Buckets,
    Figure,
    buckets_at,
    figures,
    judged,
    known_at,
    known_now,
    recount,
    recount_pending,
)
from tests.simulation.log import VERDICTS, Clock, Log, Offsets, partition_of
from tests.simulation.province import CHANNELS, channel_id
from tests.simulation.tables import Tables, past_of, row_of

KeyT = TypeVar("KeyT")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered at a moment, and how far the log had been applied."""

    moment: datetime
    offsets: Offsets
    figures: dict[Asked, Figure]


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """What was answered about one channel, and the last moment that the answer knew all of."""

    channel_id: str
    moment: datetime
    offsets: Offsets
    buckets: Buckets


@dataclass(slots=True)
class Promises:
    """Checks, and the answers that they are held against."""

    clock: Clock
    log: Log
    database: Database
    answers: list[Answer] = field(default_factory=list[Answer])
    channel_answers: list[ChannelAnswer] = field(default_factory=list[ChannelAnswer])

    def note_answer(self) -> None:
        """Remember what is answered now."""
        tables, offsets = self.database.committed, dict(self.database.committed.consumed)
        if offsets == self.log.ends():
            today = local_day(self.clock.now)
            found = figures(known_now(tables), today)
            self.answers.append(Answer(self.clock.now, offsets, found))
        for number in range(CHANNELS):
            if (moment := self._all_known_until(number, offsets)) is not None:
                buckets = _of_channel(judged(tables.buckets), channel_id(number))
                answer = ChannelAnswer(channel_id(number), moment, offsets, buckets)
                self.channel_answers.append(answer)

    def _all_known_until(self, channel: int, offsets: Offsets) -> datetime | None:
        """The last moment of which every verdict on the channel is applied; None if a moment was
        cut in two."""
        partition = partition_of(VERDICTS, channel)
        taken, offset = self.log.partitions[partition], offsets[partition]
        if offset == len(taken):
            return self.clock.now
        if offset == 0 or taken[offset - 1].logged_at == taken[offset].logged_at:
            return None
        return taken[offset - 1].logged_at

    def check(self) -> None:
        """All of them."""
        tables = self.database.committed
        stood = standings(self.log.facts_until(tables.consumed))
        self.buckets_are_a_recount_of_the_ledger(tables)
        self.ledger_is_the_fold_of_the_log(tables)
        self.buckets_are_what_brute_force_counts(tables, stood)
        self.figures_are_what_brute_force_counts(tables, stood)
        self.past_answers_are_given_again(tables)

    def buckets_are_a_recount_of_the_ledger(self, tables: Tables) -> None:
        """Labels, needs_review and what is pending."""
        rows = tables.ledger.values()
        _same("recount", _held(tables), recount(rows) | recount_pending(rows))

    def ledger_is_the_fold_of_the_log(self, tables: Tables) -> None:
        """Read from nothing, in one batch: the same rows, the same past, the same buckets."""
        folded = fold({}, self.log.facts_until(tables.consumed))
        assert folded.changed == [], "of nothing, nothing can change"
        rows = {entry.post_id: row_of(entry, entry.standing) for entry in folded.added}
        past = {entry.post_id: past_of(entry) for entry in folded.added}
        assert tables.ledger == rows, "the ledger is not the fold of the log"
        assert tables.ledger_past == past, "the ledger's past is not the fold of the log"
        _same("fold", _held(tables), folded.changes)
        _same("fold of the ledger", _held(tables), bucket_changes((None, e) for e in folded.added))

    def buckets_are_what_brute_force_counts(self, tables: Tables, stood: list[Standing]) -> None:
        """Post by post, by the rules said plainly."""
        posts = Counter(one.counted for one in stood if one.counted)
        unsure = Counter(one.counted for one in stood if one.counted and one.needs_review)
        expected = {bucket: Change(posts[bucket], unsure[bucket]) for bucket in posts}
        waiting = Counter(one.pending for one in stood if one.pending)
        expected |= {bucket: Change(number, 0) for bucket, number in waiting.items()}
        _same("brute force", _held(tables), expected)

    def figures_are_what_brute_force_counts(self, tables: Tables, stood: list[Standing]) -> None:
        """Every unit in every standing window, alone, with its branch, with those before it."""
        today = local_day_of(self.clock.now)
        known = known_now(tables)
        whom = Whom(known.registry.units.values())
        days = {one.counted.local_day for one in stood if one.counted}
        marked = {window.name: _marked(days, window.name, today) for window in standing(today)}
        for (unit_id, scope, name), figure in figures(known, local_day(self.clock.now)).items():
            expected = count(stood, whom, unit_id, scope, marked[name])
            assert (figure.counts, figure.needs_review) == expected, (
                f"{unit_id} {scope} {name}: {figure} answered, {expected} counted"
            )

    def past_answers_are_given_again(self, tables: Tables) -> None:
        """`as_of` a moment answers what was answered then, whatever became known since."""
        for answer in self.answers:
            if _behind(tables, answer.offsets):
                continue
            again = figures(known_at(tables, answer.moment), local_day(answer.moment))
            _same(f"as of {answer.moment}", again, answer.figures)
        for one in self.channel_answers:
            if not _behind(tables, one.offsets):
                then = _of_channel(buckets_at(tables, one.moment), one.channel_id)
                _same(f"{one.channel_id} as of {one.moment}", then, one.buckets)


def _marked(days: Iterable[date], name: WindowName | None, today: date) -> dict[date, bool]:
    return {day: falls_into(day, name, today) for day in days}


def _held(tables: Tables) -> Buckets:
    """The buckets that hold anything."""
    return {bucket: one for bucket, one in tables.buckets.items() if one != Change(0, 0)}


def _of_channel(buckets: Buckets, channel: str) -> Buckets:
    return {bucket: one for bucket, one in buckets.items() if bucket.channel_id == channel}


def _behind(tables: Tables, offsets: Offsets) -> bool:
    """Whether the database has forgotten, in a crash, what it knew when it answered."""
    return any(tables.consumed[partition] < offset for partition, offset in offsets.items())


def _same(what: str, found: Mapping[KeyT, object], expected: Mapping[KeyT, object]) -> None:
    if found == expected:
        return
    lines = [
        f"{key}: {found.get(key)} instead of {expected.get(key)}"
        for key in {**expected, **found}
        if found.get(key) != expected.get(key)
    ]
    raise AssertionError(f"{what}: " + "; ".join(lines[:3]))
