"""Apps called without a server and without what they depend on.

In: an app and the state that its lifespan would make. Out: real answers of its routes.
"""

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

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
APP = build_app(
    Settings.model_construct(),
    KafkaSettings.model_construct(),
    PostgresSettings.model_construct(),
    HttpSettings.model_construct(),
)


async def send(
    app: FastAPI, method: str, path: str, state: Mapping[str, Any], **options: Any
) -> httpx.Response:
    """The app's answer to one request."""

    async def with_state(scope: Scope, receive: Receive, reply: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, reply)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return await http.request(method, path, **options)


async def ask(
    method: str,
    path: str,
    *,
    scopes: Iterable[str] | None,
    snapshots: Snapshots | None = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    """The gateway's answer to a client with these scopes, None being one without a key. The
    services behind it answer `{}` to everything."""
    settings = Settings.model_construct()
    admission = Admission(cast(Pool, None), settings)
    key: dict[str, str] = {}
    if scopes is not None:
        client = Client(UUID(int=1), "thu", frozenset(scopes), None)
        admission._clients[api_key.digest(KEY)] = (client, monotonic())
        key = {"Authorization": f"Bearer {KEY}"}
    behind = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    async with httpx.AsyncClient(transport=behind) as services:
        state = {
            "settings": settings,
            "admission": admission,
            "snapshots": snapshots or Snapshots(),
            "upstream": Upstream(settings, services),
            "checks": {},
        }
        return await send(APP, method, path, state, headers={**key, **(headers or {})}, **options)
