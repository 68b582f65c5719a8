"""HTTP in: the limits that statuses are judged by, and the setting of them, log first."""

import re
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.policy_rules import check_policy
from services.ratio.routes import (
    CacheDep,
    ClientDep,
    PoolDep,
    SenderDep,
    UnitsDep,
    WholeProvinceOnly,
)
from services.ratio.routes.posts import json_answer
from services.ratio.store import acts
from services.ratio.store.locks import lock_act
from shared.contracts import ID_PATTERN, Policy, UnitKind
from shared.local_time import utc_now
from shared.topics import ACTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1/policies", tags=["policies"])

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# More than the province publishes in a year: with it, no status would ever be judged.
MIN_TOTAL_MAX = 1_000_000


def _written_as_day(value: Any) -> Any:
    # Pydantic would take a number for seconds since 1970.
    if value is None or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_parsing", "no RFC 3339 day")


PolicyId = Annotated[str, Path(pattern=ID_PATTERN)]
# Strict: JSON's true, or a share in quotes, is a mistake.
Limit = Annotated[float, Field(gt=0, lt=1, strict=True)]
Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class PolicyDraft(BaseModel):
    """Limits for one unit, one kind of units, or all, and the document they rest on."""

    model_config = ConfigDict(extra="forbid")

    unit_id: str | None = Field(default=None, examples=[None])
    kind: UnitKind | None = Field(default=None, examples=["press"])
    limit: Limit = Field(examples=[0.1])
    warn_at: Limit = Field(examples=[0.08])
    min_total: int = Field(ge=0, le=MIN_TOTAL_MAX, strict=True, examples=[20])
    source: Source = Field(examples=["Công văn 830/STTTT-TTBCXB"])
    valid_from: Annotated[date, BeforeValidator(_written_as_day)] = Field(examples=["2026-12-01"])
    valid_to: Annotated[date | None, BeforeValidator(_written_as_day)] = None


@router.get("", summary="Các ngưỡng đang đặt")
async def list_policies(pool: PoolDep, units: UnitsDep) -> Response:
    """Every policy in its latest form; the built-in one too, unless it was set anew."""
    async with pool.acquire() as connection:
        found = await acts.policies(connection)
    items = [_answer(one) for one in found if one.unit_id is None or _sees(units, one.unit_id)]
    if all(one.policy_id != DEFAULT.policy_id for one in found):
        items.insert(0, _built_in())
    return json_answer({"items": items})


@router.put("/{policy_id}", summary="Đặt ngưỡng")
async def set_policy(
    policy_id: PolicyId,
    draft: PolicyDraft,
    pool: PoolDep,
    cache: CacheDep,
    sender: SenderDep,
    units: UnitsDep,
    client: ClientDep,
) -> Response:
    """Log first; 202 if it takes longer until answers go by it. The same again changes nothing."""
    if units is not None:
        raise WholeProvinceOnly("Khóa này chỉ thấy một số đơn vị nên không đặt được ngưỡng.")
    async with pool.acquire() as connection, connection.transaction():
        await lock_act(connection, policy_id)
        standing = await acts.policy_of(connection, policy_id)
        policy = _policy(policy_id, draft, client, standing)
        check_policy(policy, await cache.current(connection))
        if standing is not None and _same(policy, standing):
            return json_answer(_answer(standing))
        applied = await sender.send(ACTS.outgoing(policy, trace_headers()))
    return json_answer(_answer(policy), 200 if applied else 202)


def _policy(policy_id: str, draft: PolicyDraft, client: str, standing: Policy | None) -> Policy:
    now = utc_now()
    if standing is not None:
        # Ahead of the one that it replaces, should this clock be behind the one that set that.
        now = max(now, standing.set_at + timedelta(microseconds=1))
    return Policy(
        act_id=uuid4(),
        policy_id=policy_id,
        unit_id=draft.unit_id,
        kind=draft.kind,
        limit=draft.limit,
        warn_at=draft.warn_at,
        min_total=draft.min_total,
        source=draft.source,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        set_by=client,
        set_at=now,
    )


def _same(policy: Policy, standing: Policy) -> bool:
    return standing == msgspec.structs.replace(
        policy, act_id=standing.act_id, set_by=standing.set_by, set_at=standing.set_at
    )


def _sees(units: list[str] | None, unit_id: str) -> bool:
    return units is None or unit_id in units


def _answer(policy: Policy) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(policy)
    return {name: value for name, value in answer.items() if name not in ("schema", "act_id")}


def _built_in() -> dict[str, Any]:
    of_nobody = ("unit_id", "kind", "valid_from", "valid_to", "set_by", "set_at")
    return msgspec.to_builtins(DEFAULT) | dict.fromkeys(of_nobody)
