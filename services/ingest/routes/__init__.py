"""HTTP in: what routes of the ingest service share."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Header, Request

from services.ingest.acceptance import Acceptance, database_silent
from services.ingest.publisher import Publisher
from services.ingest.settings import Settings
from shared.postgres import GONE, Pool


def _acceptance(request: Request) -> Acceptance:
    return request.state.acceptance


def _pool(request: Request) -> Pool:
    return request.state.pool


def _publisher(request: Request) -> Publisher:
    return request.state.publisher


def _settings(request: Request) -> Settings:
    return request.state.settings


def _units(x_candoi_units: Annotated[str | None, Header()] = None) -> list[str] | None:
    return x_candoi_units.split(",") if x_candoi_units is not None else None


async def _body(request: Request) -> bytes:
    return await request.body()


AcceptanceDep = Annotated[Acceptance, Depends(_acceptance)]
PoolDep = Annotated[Pool, Depends(_pool)]
PublisherDep = Annotated[Publisher, Depends(_publisher)]
SettingsDep = Annotated[Settings, Depends(_settings)]
# The units that the client may see and write for, all if None; the gateway has resolved them.
UnitsDep = Annotated[list[str] | None, Depends(_units)]
# The body is read as it came: our own reader says where each fault is.
BodyDep = Annotated[bytes, Depends(_body)]
MediaTypeDep = Annotated[str, Header(alias="Content-Type", include_in_schema=False)]


@contextmanager
def database_needed() -> Generator[None]:
    """Around calls of the database: Unavailable when it does not answer."""
    try:
        yield
    except GONE as error:
        raise database_silent() from error
