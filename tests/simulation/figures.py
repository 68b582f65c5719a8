"""What ratio would answer: now, from the buckets; and as of a moment, from the ledger in time.

In: the tables. Out: figures of every unit in every standing window, its own, those of its branch,
and with those that it succeeded, worked out by the service's own registry, windows and policies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.ratio.domain.ledger import Bucket, Change
from services.ratio.domain.policy import applied
from services.ratio.domain.ratio import DayCount, add_up, status
from services.ratio.domain.registry import Registry, registry_of
from services.ratio.domain.window import standing
from shared.contracts import Counts, Policy, RatioStatus, Unit, Window, WindowName
from tests.simulation.tables import Row, Tables

Buckets = dict[Bucket, Change]


class Scope(NamedTuple):
    """Whose posts count."""

    children: bool
    predecessors: bool


OWN, BRANCH, LINE, ALL = (
    Scope(False, False),
    Scope(True, False),
    Scope(False, True),
    Scope(True, True),
)
# A unit's own figures are its snapshot; of the others, windows that hold few days and many.
SCOPES: Mapping[Scope, tuple[WindowName, ...] | None] = {
    OWN: None,
    BRANCH: ("report-month", "rolling-90d"),
    LINE: ("month", "year"),
    ALL: ("quarter",),
}

Asked = tuple[str, Scope, WindowName | None]


class Figure(NamedTuple):
    """The part of an answer that must be the same whenever the same moment is asked for."""

    counts: Counts
    needs_review: int
    status: RatioStatus


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known at a moment: counts, units, policies."""

    buckets: Buckets
    registry: Registry
    policies: list[Policy]


def known_now(tables: Tables) -> Knowledge:
    """As the service answers without `as_of`."""
    return Knowledge(tables.buckets, registry_now(tables), policies(tables, None))


def known_at(tables: Tables, moment: datetime) -> Knowledge:
    """As the service answers with `as_of`."""
    return Knowledge(
        buckets_at(tables, moment), registry_at(tables, moment), policies(tables, moment)
    )


def judged(buckets: Buckets) -> Buckets:
    """The buckets that hold posts, but for those not judged yet."""
    return {
        bucket: one for bucket, one in buckets.items() if bucket.label is not None and one.posts
    }


def buckets_at(tables: Tables, moment: datetime) -> Buckets:
    """The buckets as they were known; `store.figures.AS_OF` does the same."""
    now = (row for row in tables.ledger.values() if row.known_from and row.known_from <= moment)
    past = (
        one.row
        for rows in tables.ledger_past.values()
        for one in rows
        if one.row.known_from and one.row.known_from <= moment < one.known_to
    )
    return recount((*now, *past))


def recount(rows: Iterable[Row]) -> Buckets:
    """The buckets that these rows of the ledger are counted under."""
    found: Buckets = {}
    for row in rows:
        if (counted := row.counted()) is not None:
            bucket, needs_review = counted
            _add(found, bucket, int(needs_review))
    return found


def recount_pending(rows: Iterable[Row]) -> Buckets:
    """The buckets of the revisions that wait for their verdict."""
    found: Buckets = {}
    for row in rows:
        if (one := row.waiting) is not None:
            _add(
                found, Bucket(one.channel_id, one.local_day, one.action, one.format, None, None), 0
            )
    return found


def _add(found: Buckets, bucket: Bucket, needs_review: int) -> None:
    old = found.get(bucket, Change(0, 0))
    found[bucket] = Change(old.posts + 1, old.needs_review + needs_review)


def registry_now(tables: Tables) -> Registry:
    """The newest version of each unit."""
    return registry_of(_newest(tables.unit_versions.values()))


def registry_at(tables: Tables, moment: datetime) -> Registry:
    """The newest version of each unit that was known by then."""
    return registry_of(
        _newest(one for one in tables.unit_versions.values() if one.updated_at <= moment)
    )


def _newest(units: Iterable[Unit]) -> Iterable[Unit]:
    found: dict[str, Unit] = {}
    for unit in units:
        if unit.unit_id not in found or found[unit.unit_id].version < unit.version:
            found[unit.unit_id] = unit
    return found.values()


def policies(tables: Tables, moment: datetime | None) -> list[Policy]:
    """The latest form of each policy that was known by then."""
    found: dict[str, Policy] = {}
    for one in sorted(tables.acts.values(), key=lambda act: (act.set_at, act.act_id)):
        if moment is None or one.set_at <= moment:
            found[one.policy_id] = one
    return list(found.values())


def figures(known: Knowledge, today: date) -> dict[Asked, Figure]:
    """Every unit's figures in the standing windows."""
    windows = standing(today)
    days = min(one.first_day for one in windows), max(one.last_day for one in windows)
    found: dict[Asked, Figure] = {}
    for unit in known.registry.units.values():
        for scope, names in SCOPES.items():
            counted = _day_counts(known, unit.unit_id, scope, days)
            for window in windows:
                if names is None or window.name in names:
                    asked = unit.unit_id, scope, window.name
                    found[asked] = _figure(known, unit, counted, window, today)
    return found


def _day_counts(
    known: Knowledge, unit_id: str, scope: Scope, days: tuple[date, date]
) -> list[DayCount]:
    spans = known.registry.spans(
        unit_id, days, children=scope.children, predecessors=scope.predecessors
    )
    return [
        DayCount(bucket.local_day, bucket.label, one.posts, one.needs_review)
        for span in spans
        for bucket, one in known.buckets.items()
        if bucket.channel_id == span.channel_id
        and span.first_day <= bucket.local_day <= span.last_day
    ]


def _figure(
    known: Knowledge, unit: Unit, counted: list[DayCount], window: Window, today: date
) -> Figure:
    sums = add_up(counted, window)
    policy = applied(known.policies, unit, min(window.last_day, today))
    return Figure(sums.counts, sums.needs_review, status(sums.counts, policy))
