"""The tiny app, called in this process."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from shared.http import create_app
from shared.settings import HttpSettings
from tests.unit.shared.tiny_app import PUBLIC, Gone, Health, router


@pytest.fixture
def health() -> Health:
    """All is well until a test says otherwise."""
    return Health()


@pytest.fixture
def logged() -> Generator[list[EventDict]]:
    """What is logged, as fields."""
    with capture_logs([merge_contextvars]) as events:
        yield events


@pytest.fixture
async def client(health: Health, logged: list[EventDict]) -> AsyncGenerator[httpx.AsyncClient]:
    """Calls the app in this process, with its lifespan's state as a server gives it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        yield {"checks": {"database": health.check_database}, "alive": health.check_process}

    app = create_app(
        title="thử",
        description="Ứng dụng nhỏ",
        version="1",
        lifespan=lifespan,
        http=HttpSettings(public_base_url=PUBLIC),
        gone=(Gone,),
    )
    app.include_router(router)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(state or {})}, receive, send)

    async with (
        app.router.lifespan_context(app) as state,
        httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://thu") as client,
    ):
        yield client
