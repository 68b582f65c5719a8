"""HTTP in: what routes of the ratio service share."""

from typing import Annotated

from fastapi import Depends, Header, Request

from services.ratio.consumer import Progress
from services.ratio.settings import Settings
from shared.postgres import Pool
from shared.problems import NotFound
from shared.producer import Producer


def _pool(request: Request) -> Pool:
    return request.state.pool


def _producer(request: Request) -> Producer:
    return request.state.producer


def _progress(request: Request) -> Progress:
    return request.state.progress


def _settings(request: Request) -> Settings:
    return request.state.settings


def _units(x_candoi_units: Annotated[str | None, Header()] = None) -> list[str] | None:
    return x_candoi_units.split(",") if x_candoi_units is not None else None


PoolDep = Annotated[Pool, Depends(_pool)]
ProducerDep = Annotated[Producer, Depends(_producer)]
ProgressDep = Annotated[Progress, Depends(_progress)]
SettingsDep = Annotated[Settings, Depends(_settings)]
# The units that the client may see, all if None; the gateway has resolved them.
UnitsDep = Annotated[list[str] | None, Depends(_units)]
# Who asks: the name of the API client, as the gateway knows it.
ClientDep = Annotated[str, Header(alias="X-Candoi-Client", max_length=200)]


class UnknownUnit(NotFound):
    """No unit of that id, or none that the client may see."""

    slug, title, parameter = "unknown-unit", "Không có đơn vị này", "unit_id"
