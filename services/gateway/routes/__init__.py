"""HTTP in: what the gateway's routes share: the client behind a request, and passing it on."""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.admission import Admission
from services.gateway.domain.access import (
    Client,
    Scope,
    UnknownUnit,
    must_hold,
    visible_units,
)
from services.gateway.domain.snapshots import Snapshots
from services.gateway.idempotency import once, read_header
from services.gateway.store.idempotency import Call
from services.gateway.upstream import Service, Upstream
from shared.contracts import ID_PATTERN
from shared.postgres import Pool

# Only for the OpenAPI document: the header is read by `Admission`.
_BEARER = HTTPBearer(
    scheme_name="bearer", auto_error=False, description="Khóa API: `candoi_...`; xem `GET /v1/me`"
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


def allowed(scope: Scope | None = None) -> Any:
    """Marks a parameter: the client, with a key that holds, within its quota, with this scope.

    The document tells the scope too, since it is named to FastAPI here.
    """

    async def client_of(request: Request, _: Credentials) -> Client:
        admission: Admission = request.state.admission
        address = request.client.host if request.client else ""
        client = await admission.client_of(request.headers.get("authorization"), address)
        request.state.quota_headers = admission.spend(admission.quota(), str(client.client_id))
        if scope is not None:
            must_hold(client, scope)
        return client

    return Security(client_of, scopes=[scope] if scope else [])


def _snapshots(request: Request) -> Snapshots:
    return request.state.snapshots


def _unit_id(unit_id: Annotated[str, Path(description="mã đơn vị")]) -> str:
    # What can be no id stands in no service's path either: `..` would lead elsewhere.
    if not re.fullmatch(ID_PATTERN, unit_id):
        raise UnknownUnit("Không có đơn vị nào có mã như vậy; danh sách ở GET /v1/units.")
    return unit_id


async def _until_sent() -> AsyncGenerator[AsyncExitStack]:
    # FastAPI goes on behind the yield once the answer is sent, or cannot be.
    async with AsyncExitStack() as opened:
        yield opened


SnapshotsDep = Annotated[Snapshots, Depends(_snapshots)]
UnitIdDep = Annotated[str, Depends(_unit_id)]
UntilSentDep = Annotated[AsyncExitStack, Depends(_until_sent)]


class _Page(msgspec.Struct):
    """All that the gateway reads of a service's list."""

    next_cursor: str | None = None


async def pass_on(service: Service, request: Request, client: Client) -> Response:
    """The service's answer to the same call; a repeated POST with the same key is done once."""
    upstream: Upstream = request.state.upstream
    body = await request.body()
    headers = _on_behalf(client, request.state.snapshots)
    header = request.headers.get("idempotency-key")

    async def act() -> Response:
        return await upstream.forward(service, request, headers, body)

    if request.method != "POST" or header is None:
        return await act()
    path = f"{request.url.path}?{request.url.query}"
    call = Call(client.client_id, request.method, path, read_header(header))
    pool: Pool = request.state.pool
    return await once(pool, call, body, act)


async def pass_on_list(service: Service, request: Request, client: Client) -> Response:
    """As `pass_on`, and the address of the next page: only the gateway knows its own."""
    answer = await pass_on(service, request, client)
    if answer.status_code == 200:
        found = msgspec.json.decode(answer.body, type=_Page)
        answer.headers.update(link_to_next(request, found.next_cursor))
    return answer


def link_to_next(request: Request, next_cursor: str | None) -> Mapping[str, str]:
    """The header that leads to the next page, if there is one. Source: RFC 8288."""
    if next_cursor is None:
        return {}
    return {"Link": f'<{request.url.include_query_params(cursor=next_cursor)}>; rel="next"'}


async def stream_on(
    service: Service, request: Request, client: Client, opened: AsyncExitStack
) -> Response:
    """As `pass_on`, while the answer comes: it may be larger than memory should hold."""
    upstream: Upstream = request.state.upstream
    headers = _on_behalf(client, request.state.snapshots)
    return await upstream.stream(service, request, headers, opened)


def _on_behalf(client: Client, snapshots: Snapshots) -> Mapping[str, str]:
    """Who asks and what it may see: the services trust these, and only the gateway reaches them."""
    visible = visible_units(client, snapshots.parents())
    units = {} if visible is None else {"X-Candoi-Units": ",".join(sorted(visible))}
    return {"X-Candoi-Client": client.name, **units}
