"""A client as any other system would be one, which remembers what was acknowledged.

In: a running stack. Out: units, channels and posts sent through the gateway, and the counts that
must come of them.
"""

import subprocess
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx

from shared.local_time import local_day, utc_now
from tests.stack import Stack
from tests.waiting import until

SENTENCES = (
    "Công an bắt giữ nhóm đối tượng trộm cắp xe máy trên địa bàn phường",
    "Xã tổ chức trao nhà đại đoàn kết cho hộ nghèo, bà con phấn khởi",
    "Thông báo lịch tiếp công dân định kỳ của Chủ tịch UBND phường",
    "Tai nạn giao thông trên quốc lộ 3 làm hai người tử vong tại chỗ",
    "Học sinh trường THPT đoạt giải nhất kỳ thi khoa học kỹ thuật cấp tỉnh",
)


def api_key(stack: Stack, *options: str) -> str:
    """A new key from the gateway's own command."""
    command = [sys.executable, "-m", "services.gateway", "keys", "create", "--name", "test"]
    ran = subprocess.run(
        [*command, *(options or ("--all-scopes",))],
        env=dict(stack.env),
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip()


def client_of(stack: Stack, *options: str) -> httpx.AsyncClient:
    """A client of the gateway with a key of its own."""
    return httpx.AsyncClient(
        base_url=stack.url("gateway"),
        headers={"Authorization": f"Bearer {api_key(stack, *options)}"},
        timeout=40,
    )


@dataclass(slots=True)
class Province:
    """One unit with one channel, and the revisions that were acknowledged for it."""

    http: httpx.AsyncClient
    unit_id: str
    channel_id: str
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)

    def draft(self, number: int, **fields: Any) -> dict[str, Any]:
        """The post of that number; the same number is the same post."""
        return {
            "channel_id": self.channel_id,
            "external_id": str(number),
            "url": None,
            "title": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
            "text": None,
            "published_at": f"{local_day(utc_now()) - timedelta(days=1)}T08:30:00+07:00",
            "action": "publish",
            "format": "text",
        } | fields

    async def send(self, drafts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Send a batch until it is answered; remember what was acknowledged."""
        body = list(drafts)

        async def answered() -> dict[str, Any]:
            answer = await self.http.post("/v1/posts/batch", json=body)
            assert answer.status_code in (202, 422), answer.text
            return answer.json()

        answer = await until(answered, seconds=90, what="the batch is answered")
        for draft, result in zip(body, answer["results"], strict=True):
            if "post_id" in result:
                self.acknowledged[result["post_id"]] = dict(draft)
        return answer

    async def ratio(self, **parameters: str) -> dict[str, Any]:
        """The unit's figures from the first day of channels to tomorrow, or as asked."""
        tomorrow = local_day(utc_now()) + timedelta(days=1)
        wide = {"from": str(date(2024, 4, 16)), "to": str(tomorrow)}
        answer = await self.http.get(f"/v1/units/{self.unit_id}/ratio", params=parameters or wide)
        answer.raise_for_status()
        return answer.json()

    async def counted(self, seconds: float = 60) -> dict[str, Any]:
        """The figures once every acknowledged post is judged; more than those fail at once."""

        async def all_counted() -> dict[str, Any] | None:
            ratio = await self.ratio()
            total, expected = ratio["counts"]["total"], len(self.acknowledged)
            return ratio if total >= expected and ratio["pending"] == 0 else None

        ratio = await until(all_counted, seconds=seconds, what="all posts are judged and counted")
        assert ratio["counts"]["total"] == len(self.acknowledged)
        return ratio


async def send_many(province: Province, numbers: range, size: int = 20) -> None:
    """Send posts batch by batch, each until it is acknowledged, whatever dies meanwhile."""
    for start in range(numbers.start, numbers.stop, size):
        batch = range(start, min(start + size, numbers.stop))
        await province.send(province.draft(number) for number in batch)


@asynccontextmanager
async def open_province(stack: Stack) -> AsyncGenerator[Province]:
    """A province with one unit and one channel that nobody else uses."""
    name = f"so-{uuid4().hex[:10]}"
    unit = {"name": "Sở Thử nghiệm", "kind": "department", "valid_from": "2004-09-01"}
    channel = {
        "platform": "facebook",
        "url": f"https://www.facebook.com/{name}",
        "valid_from": "2024-04-16",
    }
    async with client_of(stack) as http:
        here = Province(http, name, f"{name}-facebook")
        for path, body in (
            (f"/v1/units/{name}", unit),
            (f"/v1/units/{name}/channels/{here.channel_id}", channel),
        ):
            answer = await http.put(path, json=body)
            assert answer.is_success, answer.text
        yield here
