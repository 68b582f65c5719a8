"""HTTP in: the registry of units and their channels.

A change is stored first; the answer waits until the log has it, so that a post for a new channel
can be counted as soon as the caller goes on. If that takes too long, 202 says so.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response

from services.ingest.bodies import read_one
from services.ingest.domain.drafts import ChannelDraft, FormerParentDraft, UnitDraft
from services.ingest.domain.parents import check_parents, line_of
from services.ingest.domain.registry import (
    UnknownUnit,
    check_channel,
    check_precondition,
    check_unit,
    etag_of,
)
from services.ingest.domain.succession import check_successor
from services.ingest.routes import (
    BodyDep,
    MediaTypeDep,
    PoolDep,
    PublisherDep,
    SettingsDep,
    UnitsDep,
    database_needed,
)
from services.ingest.store import registry
from shared.contracts import ID_PATTERN, Channel, Unit, UnitKind
from shared.cursors import InvalidCursor, read_cursor, write_cursor
from shared.postgres import Connection

router = APIRouter(prefix="/v1", tags=["units"])

LIMIT_MAX = 200

Units = Sequence[str] | None
IdPath = Annotated[str, Path(pattern=ID_PATTERN)]
IfMatch = Annotated[str | None, Header()]
IfNoneMatch = Annotated[str | None, Header()]


def _body_of(draft: type[UnitDraft] | type[ChannelDraft]) -> dict[str, Any]:
    content = {"application/json": {"schema": draft.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.get("/units", summary="Danh sách đơn vị")
async def list_units(
    pool: PoolDep,
    units: UnitsDep,
    kind: UnitKind | None = None,
    parent_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Units with their channels, by id; `next_cursor` leads on."""
    wanted = registry.Filter(units, kind, parent_id)
    after, count = _read_cursor(cursor, wanted) if cursor else "", min(limit, LIMIT_MAX)
    with database_needed():
        async with pool.acquire() as connection:
            found = await registry.list_units(connection, wanted, after, count + 1)
    next_cursor = write_cursor([found[count - 1].unit_id], wanted) if len(found) > count else None
    items = [_unit_answer(unit) for unit in found[:count]]
    return _json({"items": items, "next_cursor": next_cursor})


@router.get("/units/{unit_id}", summary="Một đơn vị và các kênh của nó")
async def get_unit(unit_id: str, pool: PoolDep, units: UnitsDep) -> Response:
    """The unit with every channel it ever had."""
    with database_needed():
        async with pool.acquire() as connection:
            unit = await _visible(connection, unit_id, units)
    return _json(_unit_answer(unit), etag=etag_of(unit))


@router.put(
    "/units/{unit_id}", summary="Đăng ký hoặc sửa một đơn vị", openapi_extra=_body_of(UnitDraft)
)
async def put_unit(
    unit_id: IdPath,
    body: BodyDep,
    pool: PoolDep,
    publisher: PublisherDep,
    settings: SettingsDep,
    units: UnitsDep,
    content_type: MediaTypeDep = "",
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """201 for a new unit, 200 for a changed one; the same content again changes nothing."""
    _check_seen(unit_id, units)
    draft = read_one(body, content_type, UnitDraft)
    with database_needed():
        async with pool.acquire() as connection, connection.transaction():
            await registry.lock_writes(connection)
            stored = await registry.unit_of(connection, unit_id)
            check_precondition(stored, if_match, if_none_match)
            await _check_unit(connection, unit_id, draft, units)
            if stored is None or _draft_of(stored) != draft:
                await registry.put_unit(connection, unit_id, draft)
            unit = await _visible(connection, unit_id, units)
    sent = await publisher.published(unit_id, unit.version, settings.publish_wait_seconds)
    return _json(_unit_answer(unit), _status(sent, created=stored is None), etag_of(unit))


@router.put(
    "/units/{unit_id}/channels/{channel_id}",
    summary="Đăng ký hoặc sửa một kênh",
    openapi_extra=_body_of(ChannelDraft),
)
async def put_channel(
    unit_id: IdPath,
    channel_id: IdPath,
    body: BodyDep,
    pool: PoolDep,
    publisher: PublisherDep,
    settings: SettingsDep,
    units: UnitsDep,
    content_type: MediaTypeDep = "",
) -> Response:
    """201 for a new channel of the unit, 200 for a changed one."""
    _check_seen(unit_id, units)
    draft = read_one(body, content_type, ChannelDraft)
    with database_needed():
        async with pool.acquire() as connection, connection.transaction():
            await registry.lock_writes(connection)
            stored = await _visible(connection, unit_id, units)
            before = _channel_of(stored, channel_id)
            await _check_channel(connection, unit_id, channel_id, draft, units)
            if before is None or _channel_draft_of(before) != draft:
                await registry.put_channel(connection, unit_id, channel_id, draft)
            unit = await _visible(connection, unit_id, units)
    sent = await publisher.published(unit_id, unit.version, settings.publish_wait_seconds)
    answer = {"unit_id": unit_id} | msgspec.to_builtins(_channel_of(unit, channel_id))
    return _json(answer, _status(sent, created=before is None))


async def _check_channel(
    connection: Connection, unit_id: str, channel_id: str, draft: ChannelDraft, units: Units
) -> None:
    tenures = await registry.tenures_of(connection, [channel_id], None)
    others = [tenure for tenure in tenures.get(channel_id, ()) if tenure.unit_id != unit_id]
    check_channel(channel_id, draft, others, units)


async def _check_unit(connection: Connection, unit_id: str, draft: UnitDraft, units: Units) -> None:
    check_unit(draft)
    check_successor(unit_id, draft.succeeded_by, await registry.successors(connection), units)
    line = line_of(draft.parent_id, draft.former_parents)
    check_parents(unit_id, line, await registry.parents(connection), units)


def _check_seen(unit_id: str, units: Units) -> None:
    if (units is not None and unit_id not in units) or not re.fullmatch(ID_PATTERN, unit_id):
        raise UnknownUnit(f"Không có đơn vị {unit_id}; danh sách ở GET /v1/units.")


async def _visible(connection: Connection, unit_id: str, units: Units) -> Unit:
    _check_seen(unit_id, units)
    unit = await registry.unit_of(connection, unit_id)
    if unit is None:
        raise UnknownUnit(
            f"Không có đơn vị {unit_id}; hãy đăng ký bằng PUT /v1/units/{unit_id} trước."
        )
    return unit


def _draft_of(unit: Unit) -> UnitDraft:
    fields: dict[str, Any] = {name: getattr(unit, name) for name in UnitDraft.model_fields}
    fields["former_parents"] = [
        FormerParentDraft.model_construct(parent_id=one.parent_id, valid_to=one.valid_to)
        for one in unit.former_parents
    ]
    return UnitDraft.model_construct(**fields)


def _channel_draft_of(channel: Channel) -> ChannelDraft:
    return ChannelDraft.model_construct(
        **{name: getattr(channel, name) for name in ChannelDraft.model_fields}
    )


def _channel_of(unit: Unit, channel_id: str) -> Channel | None:
    return next((one for one in unit.channels if one.channel_id == channel_id), None)


def _status(sent: bool, *, created: bool) -> int:
    return (201 if created else 200) if sent else 202


def _unit_answer(unit: Unit) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(unit)
    del answer["schema"]
    return answer


def _json(answer: dict[str, Any], http_status: int = 200, etag: str | None = None) -> Response:
    headers = {"ETag": etag} if etag else None
    return Response(msgspec.json.encode(answer), http_status, headers, "application/json")


def _read_cursor(cursor: str, wanted: registry.Filter) -> str:
    place = read_cursor(cursor, wanted)
    if len(place) != 1 or not re.fullmatch(ID_PATTERN, str(place[0])):
        raise InvalidCursor
    return str(place[0])
