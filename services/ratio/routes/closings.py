"""HTTP in: windows whose figures are frozen, log first."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import uuid5

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from services.ratio.catch_up import CatchUp
from services.ratio.domain.closing import check_over
from services.ratio.domain.registry import Registry, Span
from services.ratio.domain.window import window_at
from services.ratio.routes import (
    CacheDep,
    ClientDep,
    PoolDep,
    SenderDep,
    UnitsDep,
    WholeProvinceOnly,
)
from services.ratio.routes.posts import json_answer
from services.ratio.routes.windows import FIRST_YEAR, LAST_YEAR, invalid
from services.ratio.store import acts, closings
from services.ratio.store.locks import lock_act
from services.ratio.view import View, open_view, view_of
from shared.contracts import ID_NAMESPACE, ClosedFigures, Closing, Ratio, Window
from shared.local_time import local_day, utc_now
from shared.postgres import Connection
from shared.problems import NotFound
from shared.topics import ACTS, UNITS, VERDICTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1/closings", tags=["closings"])

# A day ends before anybody has judged its posts, and a rolling window has no end.
ClosableName = Literal["week", "month", "report-month", "quarter", "year"]
# The broker stamps the records, this service the closing, and their clocks differ: a record that
# comes now must not bear a time before the closing's, or the digest could not be made again.
CLOCKS_APART = timedelta(seconds=5)
# What a closing rests on; all else shows nothing in its figures.
RESTS_ON = (VERDICTS.name, UNITS.name, ACTS.name)


class UnknownClosing(NotFound):
    """Nobody has closed this window."""

    slug, title, parameter = "unknown-closing", "Kỳ này chưa được chốt", "first_day"


def _catch_up(request: Request) -> CatchUp:
    return request.state.catch_up


CatchUpDep = Annotated[CatchUp, Depends(_catch_up)]


@router.get("", summary="Các kỳ đã chốt")
async def list_closings(pool: PoolDep) -> Response:
    """Every closed window without its figures, the latest days first."""
    async with pool.acquire() as connection:
        found = await acts.closings(connection)
    return json_answer({"items": [_summary(one) for one in found]})


@router.get("/{window}/{first_day}", summary="Số liệu của một kỳ đã chốt")
async def get_closing(
    window: ClosableName, first_day: date, pool: PoolDep, cache: CacheDep, units: UnitsDep
) -> Response:
    """The figures as they were closed, and how many posts count otherwise by now."""
    async with open_view(pool, cache) as view:
        closing = await closing_of(view.connection, window, first_day)
        return json_answer(await _answer(view.connection, view.registry, closing, units))


@router.put("/{window}/{first_day}", summary="Chốt số liệu một kỳ")
async def close_window(
    window: ClosableName,
    first_day: date,
    pool: PoolDep,
    cache: CacheDep,
    sender: SenderDep,
    catch_up: CatchUpDep,
    units: UnitsDep,
    client: ClientDep,
) -> Response:
    """201: closed now. 200: it was closed already, and the first closing holds."""
    if units is not None:
        raise WholeProvinceOnly("Khóa này chỉ thấy một số đơn vị nên không chốt được kỳ nào.")
    whole = _closable(window, first_day)
    async with pool.acquire() as connection, connection.transaction():
        await lock_act(connection, f"{window} {first_day}")
        closing, http_status = await acts.closing_of(connection, window, first_day), 200
        if closing is None:
            known_at = utc_now() - CLOCKS_APART
            await catch_up.wait(RESTS_ON)
            closing = await _closed(await view_of(connection, cache, known_at), whole, client)
            applied = await sender.send(ACTS.outgoing(closing, trace_headers()))
            http_status = 201 if applied else 202
        answer = await _answer(connection, await cache.current(connection), closing, None)
    return json_answer(answer, http_status)


def _closable(name: ClosableName, first_day: date) -> Window:
    """The window that begins on that day and is over. Raises Invalid, WindowNotOver."""
    if not FIRST_YEAR <= first_day.year <= LAST_YEAR:
        raise invalid("first_day", f"Năm của first_day phải từ {FIRST_YEAR} đến {LAST_YEAR}.")
    window = window_at(name, first_day)
    if window.first_day != first_day:
        raise invalid("first_day", f"Kỳ chứa ngày {first_day} bắt đầu từ {window.first_day}.")
    check_over(window, local_day(utc_now()))
    return window


async def _closed(view: View, window: Window, client: str) -> Closing:
    """What is known at the view's moment, which moves no more: a transaction may read it in
    several looks."""
    known_at = view.known_at or view.now
    posts, digest = await closings.digest(view.connection, window, known_at)
    ratios = await view.unit_ratios(sorted(view.registry.units), window)
    return Closing(
        # One for each window: of two, the first in the log is kept.
        closing_id=uuid5(ID_NAMESPACE, f"closing\n{window.name}\n{window.first_day}"),
        window=window,
        known_at=known_at,
        posts=posts,
        digest=digest,
        figures=tuple(_figures(one) for one in ratios),
        closed_by=client,
        closed_at=view.now,
    )


def _figures(ratio: Ratio) -> ClosedFigures:
    return ClosedFigures(
        unit_id=ratio.unit_id,
        name=ratio.name,
        counts=ratio.counts,
        needs_review=ratio.needs_review,
        status=ratio.status,
    )


async def closing_of(connection: Connection, name: ClosableName, first_day: date) -> Closing:
    """The closing of that window. Raises UnknownClosing."""
    closing = await acts.closing_of(connection, name, first_day)
    if closing is None:
        raise UnknownClosing(
            f"Chưa có ai chốt kỳ {name} bắt đầu từ {first_day}; các kỳ đã chốt: GET /v1/closings."
        )
    return closing


async def _answer(
    connection: Connection, registry: Registry, closing: Closing, units: list[str] | None
) -> dict[str, Any]:
    spans = None if units is None else spans_of(registry, units, closing.window)
    return _summary(closing) | {
        "figures": [one for one in closing.figures if units is None or one.unit_id in units],
        "corrections": await closings.count_corrections(connection, closing, spans),
    }


def _summary(closing: Closing) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return {name: value for name, value in answer.items() if name not in ("schema", "figures")}


def spans_of(registry: Registry, unit_ids: Iterable[str], window: Window) -> list[Span]:
    """The channels of these units, on the days on which they counted for them."""
    days = window.first_day, window.last_day
    known = [one for one in unit_ids if one in registry.units]
    return [span for unit_id in known for span in registry.spans(unit_id, days)]
