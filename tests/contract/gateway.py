"""Apps called without a server and without what they depend on.

In: an app and the state that its lifespan would make. Out: real answers of its routes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from time import monotonic
from typing import Any, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.admission import Admission
from services.gateway.app import build_app
from services.gateway.domain import api_key
from services.gateway.domain.access import Client
from services.gateway.domain.snapshots import Snapshots
from services.gateway.settings import Settings
from services.gateway.upstream import Upstream
from shared.postgres import Pool
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings

KEY = api_key.new_key()
WITH_KEY = {"Authorization": f"Bearer {KEY}"}
APP = build_app(
    Settings.model_construct(),
    KafkaSettings.model_construct(),
    PostgresSettings.model_construct(),
    HttpSettings.model_construct(),
)
Behind = Callable[[httpx.Request], httpx.Response]


def with_state(app: FastAPI, state: Mapping[str, Any]) -> ASGIApp:
    """The app as if its lifespan had made this state."""

    async def served(scope: Scope, receive: Receive, reply: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, reply)

    return served


async def send(
    app: FastAPI, method: str, path: str, state: Mapping[str, Any], **options: Any
) -> httpx.Response:
    """The app's answer to one request."""
    transport = httpx.ASGITransport(with_state(app, state))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return await http.request(method, path, **options)


def state_of(
    services: httpx.AsyncClient,
    *,
    scopes: Iterable[str] | None,
    unit_ids: Collection[str] | None = None,
    snapshots: Snapshots | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """The gateway's state, with one client whose key is KEY; without scopes there is none."""
    own = Settings.model_construct(**settings)
    admission = Admission(cast(Pool, None), own)
    if scopes is not None:
        bound = None if unit_ids is None else frozenset(unit_ids)
        client = Client(UUID(int=1), "thu", frozenset(scopes), bound)
        admission._clients[api_key.digest(KEY)] = (client, monotonic())
    return {
        "settings": own,
        "admission": admission,
        "snapshots": snapshots or Snapshots(),
        "upstream": Upstream(own, services),
        "checks": {},
    }


def nothing(_: httpx.Request) -> httpx.Response:
    """What the services answer when a test does not ask about it."""
    return httpx.Response(200, json={})


async def ask(
    method: str,
    path: str,
    *,
    scopes: Iterable[str] | None,
    unit_ids: Collection[str] | None = None,
    snapshots: Snapshots | None = None,
    behind: Behind = nothing,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    """The gateway's answer to a client with these scopes, None being one without a key."""
    key = {} if scopes is None else WITH_KEY
    async with httpx.AsyncClient(transport=httpx.MockTransport(behind)) as services:
        state = state_of(services, scopes=scopes, unit_ids=unit_ids, snapshots=snapshots)
        return await send(APP, method, path, state, headers={**key, **(headers or {})}, **options)
