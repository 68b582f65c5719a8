"""HTTP in: what routes of the ratio service share."""

from typing import Annotated

from fastapi import Depends, Header, Request

from services.ratio.domain.registry import Registry
from services.ratio.sending import Sender
from services.ratio.settings import Settings
from services.ratio.store.registry import RegistryCache
from shared.postgres import Pool
from shared.problems import NotFound, Refusal


def _pool(request: Request) -> Pool:
    return request.state.pool


def _cache(request: Request) -> RegistryCache:
    return request.state.cache


def _sender(request: Request) -> Sender:
    return request.state.sender


def _settings(request: Request) -> Settings:
    return request.state.settings


def _units(x_candoi_units: Annotated[str | None, Header()] = None) -> list[str] | None:
    return x_candoi_units.split(",") if x_candoi_units is not None else None


PoolDep = Annotated[Pool, Depends(_pool)]
CacheDep = Annotated[RegistryCache, Depends(_cache)]
SenderDep = Annotated[Sender, Depends(_sender)]
SettingsDep = Annotated[Settings, Depends(_settings)]
# The units that the client may see, all if None; the gateway has resolved them.
UnitsDep = Annotated[list[str] | None, Depends(_units)]
# Who asks: the name of the API client, as the gateway knows it.
ClientDep = Annotated[str, Header(alias="X-Candoi-Client", max_length=200)]


class UnknownUnit(NotFound):
    """No unit of that id, or none that the client may see."""

    slug, title, parameter = "unknown-unit", "Không có đơn vị này", "unit_id"


class WholeProvinceOnly(Refusal):
    """What concerns every unit is not for a client that sees only some."""

    http_status, slug, title = 403, "whole-province-only", "Chỉ dành cho khóa của toàn tỉnh"


def must_see(registry: Registry, unit_id: str, units: list[str] | None) -> None:
    """Raises UnknownUnit if there is no such unit, or none that the client may see."""
    if unit_id not in registry.units or (units is not None and unit_id not in units):
        raise UnknownUnit(f"Không có đơn vị {unit_id}; danh sách ở GET /v1/units.")
