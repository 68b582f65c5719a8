"""HTTP in: alerts for people, who take note of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from asyncpg import Record as Row
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.ratio.routes import CacheDep, ClientDep, PoolDep, SenderDep, UnitsDep, must_see
from services.ratio.routes.pages import cursor_after, read_page
from services.ratio.routes.posts import LIMIT_MAX, json_answer
from services.ratio.store import noted_alerts
from services.ratio.store.noted_alerts import Filter, NotedAlert
from shared.contracts import Acknowledgement, AlertStatus, WindowName
from shared.cursors import InvalidCursor
from shared.local_time import utc_now
from shared.postgres import Connection
from shared.problems import NotFound
from shared.topics import ALERTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


class UnknownAlert(NotFound):
    """No alert of that id, or none of a unit that the client may see."""

    slug, title, parameter = "unknown-alert", "Không có cảnh báo này", "alert_id"


class AcknowledgementDraft(BaseModel):
    """What a person has to say to an alert."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(
        min_length=1, max_length=2_000, examples=["Đã trao đổi với Sở Y tế, sẽ giảm tin vụ việc."]
    )


@router.get("", summary="Danh sách cảnh báo, mới nhất trước")
async def list_alerts(
    pool: PoolDep,
    cache: CacheDep,
    units: UnitsDep,
    unit_id: str | None = None,
    window: WindowName | None = None,
    status: AlertStatus | None = None,
    acknowledged: bool | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Alerts that match all filters; `next_cursor` leads on."""
    filters = (unit_id, window, status, acknowledged, units)
    page, after = _read_cursor(cursor, filters)
    count = min(limit, LIMIT_MAX)
    async with pool.acquire() as connection:
        if unit_id is not None:
            must_see(await cache.current(connection), unit_id, units)
        wanted = Filter([unit_id] if unit_id else units, window, status, acknowledged)
        found = await noted_alerts.list_alerts(connection, wanted, after, count + 1)
        items = await _answers(connection, found[:count])
    next_cursor = _cursor(page, found[count - 1], filters) if len(found) > count else None
    return json_answer({"items": items, "next_cursor": next_cursor})


@router.put("/{alert_id}/acknowledgement", summary="Ghi nhận một cảnh báo")
async def acknowledge_alert(
    alert_id: UUID,
    draft: AcknowledgementDraft,
    pool: PoolDep,
    sender: SenderDep,
    units: UnitsDep,
    client: ClientDep,
) -> Response:
    """Log first; the answer shows the alert with the note. The latest note holds."""
    async with pool.acquire() as connection:
        noted = await _visible(connection, alert_id, units)
    record = _acknowledgement(noted, client, draft.note)
    applied = await sender.send(ALERTS.outgoing(record, trace_headers()))
    async with pool.acquire() as connection:
        noted = await _visible(connection, alert_id, units)
        (answer,) = await _answers(connection, [noted])
    return json_answer(answer, 200 if applied else 202)


async def _visible(connection: Connection, alert_id: UUID, units: list[str] | None) -> NotedAlert:
    """The alert, if the client may see it. Raises UnknownAlert."""
    noted = await noted_alerts.alert_by_id(connection, alert_id)
    if noted is None or (units is not None and noted.alert.unit_id not in units):
        raise UnknownAlert(f"Không có cảnh báo {alert_id}; danh sách ở GET /v1/alerts.")
    return noted


def _acknowledgement(noted: NotedAlert, client: str, note: str) -> Acknowledgement:
    before, now = noted.acknowledgement, utc_now()
    if before is not None:
        # Ahead of the note before, should this clock be behind the one that set it.
        now = max(now, before.acknowledged_at + timedelta(microseconds=1))
    return Acknowledgement(
        acknowledgement_id=uuid4(),
        alert_id=noted.alert.alert_id,
        unit_id=noted.alert.unit_id,
        acknowledged_by=client,
        acknowledged_at=now,
        note=note,
    )


async def _answers(connection: Connection, found: Sequence[NotedAlert]) -> list[dict[str, Any]]:
    """Each alert with its posts as they stand now: a title that was taken down is null."""
    post_ids = [post_id for one in found for post_id in one.alert.posts]
    posts = await noted_alerts.posts_by_id(connection, post_ids)
    return [_answer(one, posts) for one in found]


def _answer(noted: NotedAlert, posts: Mapping[UUID, Row]) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(noted.alert)
    del answer["schema"]
    note = noted.acknowledgement
    return answer | {
        "posts": [dict(posts[post_id].items()) for post_id in noted.alert.posts],
        "acknowledgement": note
        and {
            "acknowledged_by": note.acknowledged_by,
            "acknowledged_at": note.acknowledged_at,
            "note": note.note,
        },
    }


def _cursor(page: int, last: NotedAlert, filters: object) -> str:
    place = last.alert.raised_at.isoformat(), str(last.alert.alert_id)
    return cursor_after(page, place, filters)


def _read_cursor(cursor: str | None, filters: object) -> tuple[int, tuple[datetime, UUID] | None]:
    page, place = read_page(cursor, filters)
    if place is None:
        return page, None
    try:
        raised_at, alert_id = place
        return page, (datetime.fromisoformat(raised_at), UUID(alert_id))
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None
