"""What bounds a call: the client's quota, and how long a service behind gets to answer."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import anyio.to_thread
import httpx
import pytest

from services.ratio.domain.window import STANDING
from tests.integration.second_gateway import client_at, open_second_gateway
from tests.province import Province, open_province
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

BURST = 20


@pytest.fixture(scope="module")
async def gateway(stack: Stack) -> AsyncGenerator[str]:
    """The address of a gateway that waits and admits little."""
    async with open_second_gateway(
        stack, upstream_seconds="1", requests_per_minute="60", requests_burst=str(BURST)
    ) as url:
        yield url


@pytest.fixture(scope="module")
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


@asynccontextmanager
async def hanging(stack: Stack, service: str) -> AsyncIterator[None]:
    """The service takes connections and answers nothing."""
    await anyio.to_thread.run_sync(stack.kill, service, signal.SIGSTOP)
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(stack.kill, service, signal.SIGCONT)


def is_silent_upstream(answer: httpx.Response) -> None:
    """The answer says that the service behind does not answer, and when to ask again."""
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream-unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


async def test_current_ratios_are_served_while_ratio_hangs_and_other_windows_are_a_503(
    stack: Stack, gateway: str, province: Province
) -> None:
    path = f"/v1/units/{province.unit_id}/ratio"
    async with client_at(stack, gateway) as http:
        await until(lambda: is_remembered(http, path), what="the unit's figures are in memory")
        async with hanging(stack, "ratio"):
            for name in STANDING:
                answer = await http.get(path, params={"window": name})
                assert (answer.status_code, answer.json()["window"]["name"]) == (200, name)
            old = await http.get(path, params={"window": "month", "at": "2025-01-15"})
    is_silent_upstream(old)
    assert (await province.ratio())["counts"]["total"] == 0


async def is_remembered(http: httpx.AsyncClient, path: str) -> bool:
    """Only answers from memory have an ETag."""
    return "etag" in (await http.get(path)).headers


async def test_a_failure_of_ours_is_not_kept_under_the_key_of_the_call(
    stack: Stack, gateway: str
) -> None:
    body, headers = {"items": [{"title": "Khai giảng"}]}, {"Idempotency-Key": str(uuid4())}
    async with client_at(stack, gateway, "--scope", "classify") as http:
        async with hanging(stack, "classify"):
            is_silent_upstream(await http.post("/v1/classify", json=body, headers=headers))
        again = await http.post("/v1/classify", json=body, headers=headers)
    assert again.status_code == 200, again.text
    assert "idempotency-replayed" not in again.headers


async def test_the_burst_passes_and_every_answer_tells_what_is_left(
    stack: Stack, gateway: str
) -> None:
    async with client_at(stack, gateway, "--scope", "posts:read") as http:
        first, refused = await http.get("/v1/me"), await http.get("/v1/ratios")
    assert (first.status_code, refused.status_code) == (200, 403)
    for answer, left in ((first, BURST - 1), (refused, BURST - 2)):
        assert answer.headers["ratelimit-policy"] == '"default";q=60;w=60'
        assert answer.headers["ratelimit"] == f'"default";r={left};t={BURST - left}'


async def test_more_than_the_quota_is_429_until_the_time_told_has_passed(
    stack: Stack, gateway: str, province: Province
) -> None:
    async with client_at(stack, gateway) as http:
        admitted_at_once = 0
        while (refused := await http.get("/v1/me")).status_code == 200:
            admitted_at_once += 1
        # One more for every second that it took.
        assert BURST <= admitted_at_once <= BURST + 5
        problem = refused.json()
        assert (problem["code"], problem["violated-policies"]) == ("quota-exceeded", ["default"])
        assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
        assert refused.headers["ratelimit"].startswith('"default";r=0;')
        other = {"Authorization": province.http.headers["authorization"]}
        assert (await http.get("/v1/me", headers=other)).status_code == 200
        seconds = int(refused.headers["retry-after"])

        async def admitted() -> bool:
            return (await http.get("/v1/me")).status_code == 200

        await until(admitted, seconds=seconds + 1, what="the client is admitted again")
