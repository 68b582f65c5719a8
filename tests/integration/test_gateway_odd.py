"""Odd addresses, headers and repetitions: no fault of ours, nothing twice, nothing taken."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from uuid import uuid4

import anyio.to_thread
import httpx
import pytest

from tests.integration.family import UNIT, Family, open_family
from tests.integration.second_gateway import client_at, open_second_gateway
from tests.integration.test_gateway_units import put_again
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def family(stack: Stack) -> AsyncGenerator[Family]:
    async with open_family(stack) as here:
        yield here


@pytest.mark.parametrize(
    "path",
    [
        "/v1/units/%00",
        "/v1/units/%00/ratio",
        "/v1/posts?unit_id=%00",
        "/v1/posts?channel_id=%00",
        "/v1/units/OWN/ratio?at=9999-12-31",
        "/v1/units/OWN/ratio?window=week&at=9999-12-31",
        "/v1/units/OWN/ratio?window=report-month&at=0001-01-01",
        "/v1/units/OWN/ratio?window=rolling-90d&at=0001-01-01",
    ],
)
async def test_no_address_is_a_fault_of_ours(family: Family, path: str) -> None:
    answer = await family.http.get(path.replace("OWN", family.ids["own"]))
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("name", ["If-Match", "Content-Type"])
async def test_no_header_is_a_fault_of_ours(family: Family, name: str) -> None:
    path = f"/v1/units/{family.ids['own']}"
    headers = {"Content-Type": "application/json"} | {name: "application/json; é".encode()}
    answer = await family.http.put(path, content=b"{}", headers=headers)
    assert answer.status_code < 500, answer.text


async def test_a_weak_etag_is_known_too(family: Family) -> None:
    path = f"/v1/units/{family.ids['own']}/ratio"
    etag = (await family.http.get(path)).headers["etag"]
    answer = await family.http.get(path, headers={"If-None-Match": f"W/{etag}"})
    assert answer.status_code == 304


async def test_a_list_from_a_day_after_its_last_is_refused(family: Family) -> None:
    answer = await family.http.get("/v1/posts?from=2026-02-01&to=2026-01-01")
    assert answer.status_code == 422


@pytest.mark.parametrize("unit", ["Xã A", "a,b", ""])
def test_a_key_is_not_bound_to_what_can_be_no_unit(stack: Stack, unit: str) -> None:
    command = (sys.executable, "-m", "services.gateway", "keys", "create", "--name", "a")
    ran = subprocess.run(
        [*command, "--all-scopes", "--unit", unit],
        env={**os.environ, **stack.env},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "--unit" in ran.stderr


def test_keys_say_in_a_line_that_the_database_is_away(stack: Stack) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "services.gateway", "keys", "list"],
        env={**os.environ, **stack.env, "CANDOI_POSTGRES_DSN": "postgresql://x@127.0.0.1:1/x"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr


async def test_a_review_that_is_repeated_with_its_key_after_a_503_is_one_review(
    stack: Stack, family: Family
) -> None:
    headers, body = {"Idempotency-Key": str(uuid4())}, {"label": "tieu_cuc", "reason": "x"}
    path = f"/v1/posts/{family.posts['sibling']}"
    async with (
        open_second_gateway(stack, upstream_seconds="1") as url,
        client_at(stack, url) as http,
    ):
        await anyio.to_thread.run_sync(stack.kill, "ratio", signal.SIGSTOP)
        first = await http.post(f"{path}/review", json=body, headers=headers)
        await anyio.to_thread.run_sync(stack.kill, "ratio", signal.SIGCONT)
        assert first.status_code == 503
        (await http.post(f"{path}/review", json=body, headers=headers)).raise_for_status()
        # A marker that is applied after both.
        marker = {"label": "tich_cuc", "reason": "sau"}
        (await http.post(f"{path}/review", json=marker)).raise_for_status()
        history = (await http.get(path)).json()["history"]
    reviews = [one["reason"] for one in history if one["schema"] == "review.v1"]
    assert reviews.count("x") == 1


async def test_a_service_that_dies_while_its_report_is_sent_is_told_in_one_line(
    stack: Stack,
) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"3\r\ntin\r\n")
        writer.close()

    async with await asyncio.start_server(die, "127.0.0.1", 0) as dying:
        ratio_url = f"http://127.0.0.1:{dying.sockets[0].getsockname()[1]}"
        async with (
            open_second_gateway(stack, ratio_url=ratio_url) as url,
            client_at(stack, url) as http,
        ):
            before = len(stack.running.log("gateway-2"))
            with pytest.raises(httpx.RemoteProtocolError):
                await http.get("/v1/reports/ratio?format=csv")
            # A line of a later request, so that all lines of the first one have been read.
            path = "/v1/me"
            await http.get(path)

            def said() -> list[str]:
                return stack.running.log("gateway-2")[before:]

            await until(lambda: any(path in line for line in said()), what="it is logged")
    events = ["upstream_failed", "request_answered", "request_answered"]
    assert len(said()) == len(events), said()
    assert all(event in line for event, line in zip(events, said(), strict=True))


async def test_a_bound_client_cannot_leave_the_unit_above_it(family: Family) -> None:
    answer = await put_again(
        family.bound, f"/v1/units/{family.ids['own']}", UNIT | {"parent_id": None}
    )
    assert answer.status_code in (403, 422)


async def test_a_bound_client_cannot_take_the_channel_of_another_for_earlier_days(
    family: Family,
) -> None:
    past = {"platform": "zalo", "url": "https://zalo.me/x"}
    days = {"valid_from": "2020-01-01", "valid_to": "2021-01-01"}
    path = f"/v1/units/{family.ids['own']}/channels/{family.channel('stranger')}"
    answer = await family.bound.put(path, json=past | days)
    assert answer.status_code in (403, 404, 409)
