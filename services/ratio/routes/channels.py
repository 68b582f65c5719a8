"""HTTP in: channels that published regularly and went quiet."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from services.ratio.domain.registry import Registry
from services.ratio.domain.silence import LOOK_BACK_DAYS
from services.ratio.routes import CacheDep, PoolDep, UnitsDep, must_see
from services.ratio.routes.posts import json_answer
from services.ratio.store.channels import last_posts
from services.ratio.view import View, open_view, quiet
from shared.contracts import SilentChannel
from shared.local_time import local_day

router = APIRouter(prefix="/v1/channels", tags=["channels"])


@router.get("/silent", summary="Các kênh đã im lặng")
async def list_silent_channels(
    pool: PoolDep, cache: CacheDep, units: UnitsDep, unit_id: str | None = None
) -> Response:
    """Every silent channel that the client may see, with its last post; the longest silence first.

    With `unit_id`, that unit's alone.
    """
    async with open_view(pool, cache) as view:
        if unit_id is not None:
            must_see(view.registry, unit_id, units)
        today = local_day(view.now)
        known = view.registry.units.keys()
        wanted = [unit_id] if unit_id else sorted(known if units is None else known & set(units))
        found = await _silent(view, wanted, today)
        last = await last_posts(view.connection, [one.channel_id for one in found])
        items = [
            _about(view.registry, one, today) | {"last_post": _post(last.get(one.channel_id))}
            for one in sorted(found, key=lambda one: (one.last_day, one.channel_id))
        ]
    return json_answer({"items": items})


async def _silent(view: View, unit_ids: Sequence[str], today: date) -> list[SilentChannel]:
    days = today - timedelta(days=LOOK_BACK_DAYS), today
    spans = [span for unit_id in unit_ids for span in view.registry.spans(unit_id, days)]
    return await quiet(view.connection, spans, today)


def _about(registry: Registry, silent: SilentChannel, today: date) -> dict[str, Any]:
    owner = registry.owner_on(silent.channel_id, today)
    assert owner is not None, "quiet() leaves out what nobody owns today"
    unit = registry.units[owner]
    channel = next(one for one in unit.channels if one.channel_id == silent.channel_id)
    return {
        "unit_id": owner,
        "name": unit.name,
        "url": channel.url,
        "silent_days": (today - silent.last_day).days,
        **msgspec.to_builtins(silent),
    }


def _post(row: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: row[name] for name in ("post_id", "published_at", "title", "url")}
