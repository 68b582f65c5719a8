"""A report's content, gathered at one moment.

In: a view, whose posts, which window. Out: a `Report` without its posts, which may be many: they
are read page by page while the report is written, as they were known at its moment.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record as Row

from services.ratio.domain.ratio import NO_POSTS, measure
from services.ratio.domain.registry import Registry
from services.ratio.domain.report import (
    Closed,
    Office,
    Report,
    ReportPost,
    ScopeKind,
    TrendPoint,
    worst_first,
)
from services.ratio.domain.report import Scope as ReportScope
from services.ratio.domain.window import Bucket, series
from services.ratio.settings import Settings
from services.ratio.store import acts, closings, figures, posts
from services.ratio.store.posts import Filter, within
from services.ratio.view import Scope, View
from shared.contracts import NegativeTopic, Ratio, Window
from shared.postgres import Pool

PAGE_POSTS = 1_000
# As many points as a picture across a page can tell apart.
_BUCKETS: tuple[tuple[int, Bucket], ...] = ((31, "day"), (190, "week"))


async def gather(view: View, scope: Scope, window: Window, settings: Settings) -> Report:
    """All but the posts."""
    total = await view.ratio(scope, window)
    topics = await view.groups(scope, window, "topic")
    trend = await view.trend(scope, series(bucket_for(window), window.first_day, window.last_day))
    spans = view.spans(scope, window)
    return Report(
        office=_office(view.registry, scope, settings),
        scope=_scope(view.registry, scope),
        window=window,
        total=total,
        units=worst_first(await _units(view, scope, window)),
        trend=tuple(
            TrendPoint(one.window.first_day, one.window.last_day, one.counts) for one in trend
        ),
        topics={_topic(name): sums.counts.tieu_cuc for name, sums in topics.items() if name},
        posts=(),
        models=tuple(await figures.models(view.connection, spans, view.known_at)),
        known_at=view.known_at or view.now,
        made_at=view.now,
        closed=await _closed(view, window),
    )


def bucket_for(window: Window) -> Bucket:
    """The trend's step: a month by days, half a year by weeks, more by months."""
    days = (window.last_day - window.first_day).days + 1
    found: list[Bucket] = [bucket for days_max, bucket in _BUCKETS if days <= days_max]
    return found[0] if found else "month"


async def _units(view: View, scope: Scope, window: Window) -> list[Ratio]:
    """Each unit's part of the total: a child that came in mid-window counts from that day on."""
    found = await view.groups(scope, window, "unit")
    ids = {span.unit_id for span in view.spans(scope, window)}
    return [
        measure(view.asked(unit_id, window), window, found.get(unit_id, NO_POSTS))
        for unit_id in sorted(ids)
    ]


def _office(registry: Registry, scope: Scope, settings: Settings) -> Office:
    if scope.unit_id is None:
        return Office(settings.report_office, settings.report_office_above, settings.report_place)
    unit = registry.units[scope.unit_id]
    above = registry.units.get(unit.parent_id or "")
    return Office(unit.name, above and above.name, settings.report_place)


def _scope(registry: Registry, scope: Scope) -> ReportScope:
    if scope.unit_id is None:
        return ReportScope("province", "Toàn tỉnh")
    kind: ScopeKind = "branch" if scope.children else "unit"
    return ReportScope(kind, registry.units[scope.unit_id].name, scope.unit_id)


async def _closed(view: View, window: Window) -> Closed | None:
    if window.name is None:
        return None
    closing = await acts.closing_of(view.connection, window.name, window.first_day)
    if closing is None:
        return None
    changed = await closings.count_corrections(view.connection, closing)
    return Closed(closing.closed_at, closing.digest, changed)


def _topic(name: str) -> NegativeTopic:
    # The column holds nothing else: it was written from a record of that type.
    return name  # pyright: ignore[reportReturnType]


@dataclass(frozen=True, slots=True)
class NegativePosts:
    """The negative posts behind a report, newest first, read while it is written."""

    pool: Pool
    registry: Registry
    wanted: Filter

    def read(self, wait: Callable[[Awaitable[list[Row]]], list[Row]]) -> Iterator[ReportPost]:
        """Post by post; `wait` fetches one page, from whatever thread the writer runs in."""
        after: tuple[datetime, UUID] | None = None
        while rows := wait(self._page(after)):
            yield from (_post(row, self.registry) for row in rows)
            after = rows[-1]["published_at"], rows[-1]["post_id"]

    async def _page(self, after: tuple[datetime, UUID] | None) -> list[Row]:
        async with self.pool.acquire() as connection:
            return await posts.list_posts(connection, self.wanted, after, PAGE_POSTS)


def negative_posts(pool: Pool, view: View, scope: Scope, window: Window) -> NegativePosts:
    """Those that the view knows of; another moment's reader finds the same."""
    wanted = Filter(
        within=within(view.spans(scope, window)),
        label="tieu_cuc",
        known_at=view.known_at or view.now,
    )
    return NegativePosts(pool, view.registry, wanted)


def _post(row: Row, registry: Registry) -> ReportPost:
    owner = registry.owner_on(row["channel_id"], row["local_day"])
    return ReportPost(
        post_id=row["post_id"],
        unit_name=registry.units[owner].name if owner else "",
        channel_id=row["channel_id"],
        published_at=row["published_at"],
        title=row["title"],
        url=row["url"],
        label=row["label"],
        topic=row["topic"],
        decided_by=row["decided_by"],
    )
