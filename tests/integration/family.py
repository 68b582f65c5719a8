"""Units above, under and beside one another, each with a channel and a judged post.

In: a running stack. Out: their ids, and two clients: one that sees all, one bound to `own`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from shared.local_time import local_day, utc_now
from tests.province import SENTENCES, client_of
from tests.stack import Stack
from tests.waiting import until

# The unit above each unit.
TREE = {
    "top": None,
    "own": "top",
    "child": "own",
    "grandchild": "child",
    "sibling": "top",
    "stranger": None,
}
SEEN = ("own", "child", "grandchild")
UNSEEN = ("top", "sibling", "stranger")
UNIT = {"name": "Đơn vị thử nghiệm", "kind": "department", "valid_from": "2004-09-01"}
REASON = "Xem lại theo hướng dẫn."


@dataclass(frozen=True, slots=True)
class Family:
    """The units by what they are to `own`, and the post of each."""

    http: httpx.AsyncClient
    bound: httpx.AsyncClient
    ids: Mapping[str, str]
    posts: Mapping[str, str]

    def channel(self, role: str) -> str:
        """The channel of a unit."""
        return f"{self.ids[role]}-zalo"

    def units(self, *roles: str) -> set[str]:
        """The ids of these."""
        return {self.ids[role] for role in roles}

    async def review(self, role: str, label: str) -> httpx.Response:
        """Give the unit's post this label."""
        body = {"label": label, "reason": REASON}
        answer = await self.http.post(f"/v1/posts/{self.posts[role]}/review", json=body)
        assert answer.status_code == 200, answer.text
        return answer


def draft(channel_id: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    """A post of today's first minute, so that every window of today holds it."""
    return {
        "channel_id": channel_id,
        "external_id": str(number),
        "title": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "published_at": f"{local_day(utc_now())}T00:00:00+07:00",
        "action": "publish",
        "format": "text",
    } | fields


@asynccontextmanager
async def open_family(stack: Stack) -> AsyncGenerator[Family]:
    """Six units that nobody else uses."""
    ids = {role: f"{role}-{uuid4().hex[:8]}" for role in TREE}
    async with (
        client_of(stack) as http,
        client_of(stack, "--all-scopes", "--unit", ids["own"]) as bound,
    ):
        here = Family(http, bound, ids, posts := {})
        for role, above in TREE.items():
            await _register(here, role, above)
        for role in TREE:
            answer = await http.post("/v1/posts", json=draft(here.channel(role)))
            posts[role] = answer.raise_for_status().json()["post_id"]
        for role in TREE:
            await until(lambda at=role: _is_shown(here, at), seconds=60, what=f"{role} is counted")
        yield here


async def _register(here: Family, role: str, above: str | None) -> None:
    path, parent_id = f"/v1/units/{here.ids[role]}", here.ids[above] if above else None
    channel = {"platform": "zalo", "url": f"https://zalo.me/{role}", "valid_from": "2024-04-16"}
    unit = UNIT | {"parent_id": parent_id}
    (await here.http.put(path, json=unit)).raise_for_status()
    answer = await here.http.put(f"{path}/channels/{here.channel(role)}", json=channel)
    answer.raise_for_status()


async def _is_shown(here: Family, role: str) -> bool:
    """The unit's post is judged, and the gateway has read the figures of it."""
    ratio = (await here.http.get(f"/v1/units/{here.ids[role]}/ratio")).json()
    return ratio["counts"]["total"] == 1 and ratio["pending"] == 0
