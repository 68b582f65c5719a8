"""HTTP in: the posts behind the figures, one with its history or many by filters."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from asyncpg import Record as Row
from fastapi import APIRouter, Query, Response

from services.ratio.domain.registry import Registry
from services.ratio.domain.search import query_words
from services.ratio.routes import CacheDep, PoolDep, UnitsDep
from services.ratio.routes.pages import cursor_after, read_page
from services.ratio.routes.windows import (
    FirstDayParameter,
    KnownAtDep,
    LastDayParameter,
    PartsDep,
    check_days,
)
from services.ratio.store import posts
from services.ratio.store.posts import FIRST_DAY, LAST_DAY, Filter, Within
from services.ratio.view import View, open_view
from shared.contracts import Action, Format, Label, NegativeTopic
from shared.cursors import InvalidCursor
from shared.postgres import Connection
from shared.problems import Fault, Invalid, NotFound

router = APIRouter(prefix="/v1", tags=["posts"])

LIMIT_MAX = 200


class UnknownPost(NotFound):
    """The log has not told of the post, or the client may not see it."""

    slug, title, parameter = "unknown-post", "Không có tin này", "post_id"


@router.get("/posts/{post_id}", summary="Một tin, phán định đang đứng và lịch sử")
async def get_post(post_id: UUID, pool: PoolDep, cache: CacheDep, units: UnitsDep) -> Response:
    """The ledger's entry of one post with every decision that was ever taken on it."""
    async with open_view(pool, cache) as view:
        row = await visible_row(view.connection, view.registry, post_id, units)
        answer = await post_answer(view.connection, view.registry, row)
    return json_answer(answer, headers={"ETag": etag_of(row)})


@router.get("/posts", summary="Danh sách tin, mới nhất trước")
async def list_posts(
    pool: PoolDep,
    cache: CacheDep,
    units: UnitsDep,
    known_at: KnownAtDep,
    parts: PartsDep,
    unit_id: str | None = None,
    channel_id: str | None = None,
    label: Label | None = None,
    topic: NegativeTopic | None = None,
    action: Action | None = None,
    post_format: Annotated[Format | None, Query(alias="format")] = None,
    first_day: FirstDayParameter = None,
    last_day: LastDayParameter = None,
    needs_review: bool | None = None,
    withdrawn: bool = False,
    q: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Posts that match all filters; `next_cursor` leads on."""
    check_days(first_day, last_day)
    days = first_day or FIRST_DAY, last_day or LAST_DAY
    named = (unit_id, channel_id, sorted(parts), first_day, last_day, q, units)
    async with open_view(pool, cache, known_at) as view:
        wanted = Filter(
            within=_within(view, units, unit_id, channel_id, parts, days),
            days=posts.instants(*days),
            label=label,
            topic=topic,
            action=action,
            format=post_format,
            needs_review=needs_review,
            withdrawn=withdrawn,
            words=_words(q),
            known_at=known_at,
        )
        filters = (named, label, topic, action, post_format, needs_review, withdrawn, known_at)
        page, after = _read_cursor(cursor, filters)
        count = min(limit, LIMIT_MAX)
        rows = await posts.list_posts(view.connection, wanted, after, count + 1)
        items = [row_answer(row, view.registry) for row in rows[:count]]
    next_cursor = _cursor(page, rows[count - 1], filters) if len(rows) > count else None
    return json_answer({"items": items, "next_cursor": next_cursor})


def _within(
    view: View,
    units: list[str] | None,
    unit_id: str | None,
    channel_id: str | None,
    parts: frozenset[str],
    days: tuple[date, date],
) -> list[Within] | None:
    """Which channels and days are looked through; None for everything there is, which also holds
    posts of channels that no unit owned on their day."""
    if unit_id is None and units is None:
        return [Within(channel_id, *posts.instants(*days))] if channel_id else None
    seen = [unit_id] if unit_id is not None else units or []
    spans = [
        span
        for one in seen
        if (units is None or one in units) and one in view.registry.units
        for span in view.registry.spans(
            one, days, children="children" in parts, predecessors="predecessors" in parts
        )
    ]
    return posts.within([span for span in spans if channel_id in (None, span.channel_id)])


def _words(q: str | None) -> str | None:
    """The search as a tsquery: every word must be there."""
    if q is None:
        return None
    words = query_words(q)
    if not words:
        detail = "q cần có ít nhất một chữ hoặc số."
        raise Invalid(detail, faults=[Fault("no-words", detail, parameter="q")])
    return " & ".join(words)


async def visible_row(
    connection: Connection, registry: Registry, post_id: UUID, units: list[str] | None
) -> Row:
    """The ledger's row, if the client may see the post. Raises UnknownPost."""
    row = await posts.post_row(connection, post_id)
    if row is None or (units is not None and owner_of(row, registry) not in units):
        raise UnknownPost(
            f"Không có tin {post_id}. Tin vừa gửi có thể cần vài giây mới tra cứu được."
        )
    return row


def owner_of(row: Row, registry: Registry) -> str | None:
    """The unit that the post counts for."""
    return registry.owner_on(row["channel_id"], row["local_day"]) if row["local_day"] else None


def etag_of(row: Row) -> str:
    """Changes with what stands: a reviewer who has seen it can say so with If-Match."""
    withdrawn = "withdrawn" if row["withdrawn_at"] else "standing"
    return f'"{row["revision"]}.{row["decision_id"]}.{withdrawn}"'


async def post_answer(connection: Connection, registry: Registry, row: Row) -> dict[str, Any]:
    """The post with every decision that was ever taken on it."""
    history = await posts.history_of(connection, row["post_id"])
    return row_answer(row, registry) | {"history": msgspec.to_builtins(history)}


def row_answer(row: Row, registry: Registry) -> dict[str, Any]:
    """A row of a list."""
    answer = dict(row.items())
    by_reviewer = answer.pop("by_reviewer")
    kind = None if answer["label"] is None else "reviewer" if by_reviewer else "model"
    return answer | {"unit_id": owner_of(row, registry), "decided_by_kind": kind}


def json_answer(
    answer: dict[str, Any], http_status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """The answer as JSON."""
    body = msgspec.json.encode(answer)
    return Response(body, http_status, headers, media_type="application/json")


def _cursor(page: int, last: Row, filters: object) -> str:
    place = last["published_at"].isoformat(), str(last["post_id"])
    return cursor_after(page, place, filters)


def _read_cursor(cursor: str | None, filters: object) -> tuple[int, tuple[datetime, UUID] | None]:
    page, place = read_page(cursor, filters)
    if place is None:
        return page, None
    try:
        published_at, post_id = place
        return page, (datetime.fromisoformat(published_at), UUID(post_id))
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None
