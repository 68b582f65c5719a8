"""One consistent look at everything a figure needs: counts, registry and policies of one moment.

In: the pool, the moment whose knowledge is asked for. Out: figures of units, branches and the
province in any window.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.ratio.domain import policy
from services.ratio.domain.near_copies import counted_once
from services.ratio.domain.ratio import NO_POSTS, Asked, Sums, add_up_each, measure, together
from services.ratio.domain.registry import Registry, Span
from services.ratio.domain.silence import LOOK_BACK_DAYS, QUIET_DAYS_MIN, silent
from services.ratio.store import figures
from services.ratio.store.figures import By
from services.ratio.store.registry import RegistryCache
from shared.contracts import AppliedPolicy, Counts, Policy, Ratio, SilentChannel, Window
from shared.local_time import local_day, utc_now
from shared.postgres import Connection, Pool

# A second's work; no unit publishes as many in a year.
NEAR_COPIES_POSTS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class NearCopies:
    """The counts with near-copies counted once, and how many posts fell away."""

    counts: Counts
    negative_share: float | None
    near_copies: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose posts count: a unit's, with its branch and those that it succeeded; or all."""

    unit_id: str | None
    children: bool = False
    predecessors: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What was known at `known_at`, or is known now if that is None."""

    connection: Connection
    registry: Registry
    policies: Sequence[Policy]
    known_at: datetime | None
    now: datetime

    @property
    def today(self) -> date:
        """The local day of the moment."""
        return local_day(self.known_at or self.now)

    def spans(self, scope: Scope, window: Window) -> list[Span]:
        """The channels and days that count."""
        days = window.first_day, window.last_day
        if scope.unit_id is None:
            return self.registry.all_spans(days)
        return self.registry.spans(
            scope.unit_id, days, children=scope.children, predecessors=scope.predecessors
        )

    def applied_policy(self, unit_id: str | None, window: Window) -> AppliedPolicy:
        """The policy in force on the window's last day that has come."""
        day = min(window.last_day, max(self.today, window.first_day))
        unit = self.registry.units.get(unit_id) if unit_id else None
        return policy.applied(self.policies, unit, day)

    def asked(self, unit_id: str | None, window: Window) -> Asked:
        """Who is measured, by which policy."""
        name = self.registry.units[unit_id].name if unit_id else "Toàn tỉnh"
        return Asked(unit_id or "toan-tinh", name, self.applied_policy(unit_id, window), self.now)

    async def groups(self, scope: Scope, window: Window, by: By) -> dict[str | None, Sums]:
        """The sums of each group; None is what belongs to none."""
        return await figures.sums(self.connection, self.spans(scope, window), by, self.known_at)

    async def ratio(self, scope: Scope, window: Window) -> Ratio:
        """The figures of the scope as one."""
        found = await figures.sums(
            self.connection, self.spans(scope, window), known_at=self.known_at
        )
        silent_channels = await self.silent_channels(scope, window) if scope.unit_id else []
        return measure(
            self.asked(scope.unit_id, window), window, together(found.values()), silent_channels
        )

    async def unit_ratios(self, unit_ids: Sequence[str], window: Window) -> list[Ratio]:
        """The figures of each of these units, its own alone, in the order of the ids."""
        days = window.first_day, window.last_day
        spans = [one for unit_id in unit_ids for one in self.registry.spans(unit_id, days)]
        found = await figures.sums(self.connection, spans, "unit", self.known_at)
        return [
            measure(self.asked(unit_id, window), window, found.get(unit_id, NO_POSTS))
            for unit_id in unit_ids
        ]

    async def trend(self, scope: Scope, buckets: Sequence[Window]) -> list[Ratio]:
        """The figures of the scope in each of these windows, which lie side by side."""
        whole = Window(None, buckets[0].first_day, buckets[-1].last_day)
        found = await figures.days(
            self.connection, self.spans(scope, whole), known_at=self.known_at
        )
        each = add_up_each(found.get(None, []), buckets)
        return [
            measure(self.asked(scope.unit_id, window), window, sums)
            for window, sums in zip(buckets, each, strict=True)
        ]

    async def near_copies(self, scope: Scope, window: Window) -> NearCopies | None:
        """The counts with posts that say nearly the same counted once; None if there are too many
        posts to be compared while somebody waits."""
        spans = self.spans(scope, window)
        rows = await figures.fingerprints(
            self.connection, spans, self.known_at, NEAR_COPIES_POSTS_MAX + 1
        )
        if len(rows) > NEAR_COPIES_POSTS_MAX:
            return None
        counts = counted_once(rows)
        share = counts.tieu_cuc / counts.total if counts.total else None
        return NearCopies(counts, share, len(rows) - counts.total)

    async def silent_channels(self, scope: Scope, window: Window) -> list[SilentChannel]:
        """The scope's channels that had gone quiet by the window's end, or have by today."""
        day = min(window.last_day, self.today)
        spans = self.spans(scope, Window(None, day - timedelta(days=LOOK_BACK_DAYS), day))
        return await quiet(self.connection, spans, day, self.known_at)


async def quiet(
    connection: Connection, spans: Sequence[Span], day: date, known_at: datetime | None = None
) -> list[SilentChannel]:
    """The channels still in force on the day that published regularly and went quiet; `spans`
    reach LOOK_BACK_DAYS back."""
    # Nearly all have published of late, and only of the others the habit is worth a look.
    since = day - timedelta(days=QUIET_DAYS_MIN)
    lately = [replace(span, first_day=max(span.first_day, since)) for span in spans]
    of_late = await figures.active_days(connection, lately, known_at)
    in_doubt = [span for span in spans if span.channel_id not in of_late]
    active_days = await figures.active_days(connection, in_doubt, known_at) if in_doubt else {}
    found: list[SilentChannel] = []
    for span in in_doubt:
        silence = silent(active_days.get(span.channel_id, []), day)
        if silence is not None and span.last_day >= day:
            found.append(
                SilentChannel(
                    channel_id=span.channel_id,
                    platform=span.platform,
                    last_day=silence.last_day,
                    usual_gap_days=silence.usual_gap_days,
                )
            )
    return found


@asynccontextmanager
async def open_view(
    pool: Pool, cache: RegistryCache, known_at: datetime | None = None
) -> AsyncGenerator[View]:
    """A view in one transaction: counts, registry and policies cannot move against each other."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield await view_of(connection, cache, known_at)


async def view_of(
    connection: Connection, cache: RegistryCache, known_at: datetime | None = None
) -> View:
    """A view through a transaction that is open already."""
    rules = await cache.rules(connection, known_at)
    return View(connection, rules.registry, rules.policies, known_at, utc_now())
