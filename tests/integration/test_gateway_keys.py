"""Keys from making to revoking, at a gateway that asks the database about every key."""

import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from services.gateway.domain.api_key import is_well_formed, new_key
from shared.local_time import local_day, utc_now
from tests.integration.second_gateway import client_at, open_second_gateway
from tests.stack import Stack

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def gateway(stack: Stack) -> AsyncGenerator[str]:
    """The address of the second gateway."""
    async with open_second_gateway(stack, key_cache_seconds="0") as url:
        yield url


def keys(stack: Stack, *options: str) -> subprocess.CompletedProcess[str]:
    """`python -m services.gateway keys ...` with the stack's environment."""
    return subprocess.run(
        [sys.executable, "-m", "services.gateway", "keys", *options],
        env={**os.environ, **stack.env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_key_is_printed_once_and_listed_by_its_tail(stack: Stack) -> None:
    made = keys(stack, "create", "--name", "bao-tn", "--scope", "posts:read", "--unit", "bao-tn")
    key = made.stdout.strip()
    assert made.returncode == 0
    assert is_well_formed(key)
    assert key not in made.stderr
    listed = keys(stack, "list").stdout.splitlines()
    assert all(key not in line for line in listed)
    (at,) = [at for at, line in enumerate(listed) if f"bao-tn  …{key[-4:]}" in line]
    assert listed[at].split()[0] in made.stderr
    assert listed[at + 1].split() == ["posts:read", "bao-tn"]


async def test_a_revoked_key_is_worthless(stack: Stack, gateway: str) -> None:
    made = keys(stack, "create", "--name", "sap-thu-hoi", "--scope", "posts:read")
    client_id = made.stderr.rpartition("client ")[2].split()[0]
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    async with httpx.AsyncClient(base_url=gateway, headers=headers) as http:
        assert (await http.get("/v1/me")).status_code == 200
        assert keys(stack, "revoke", client_id).returncode == 0
        refused = await http.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-key")
    (line,) = [line for line in keys(stack, "list").stdout.splitlines() if client_id in line]
    assert "revoked" in line
    again = keys(stack, "revoke", client_id)
    assert again.returncode == 2
    assert client_id in again.stderr


async def test_a_key_holds_until_the_day_on_which_it_expires(stack: Stack, gateway: str) -> None:
    today = local_day(utc_now())
    for day, http_status in ((today + timedelta(days=1), 200), (today, 401)):
        options = ("--scope", "posts:read", "--expires", str(day))
        async with client_at(stack, gateway, *options) as http:
            assert (await http.get("/v1/me")).status_code == http_status


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("create", "--name", "a", "--scope", "posts:all"), "posts:all"),
        (("create", "--name", "a"), "--scope"),
        (("create", "--name", "Báo TN", "--all-scopes"), "--name"),
        (("create", "--all-scopes"), "--name"),
        (("create", "--name", "a", "--all-scopes", "--expires", "2026-13-01"), "--expires"),
        (("revoke", "khong-phai-uuid"), "client_id"),
        (("revoke", str(uuid4())), "no such client"),
    ],
)
def test_bad_options_end_with_2_and_say_what_is_wrong(
    stack: Stack, options: tuple[str, ...], told: str
) -> None:
    ran = keys(stack, *options)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


async def test_who_guesses_keys_is_stopped_and_a_good_key_still_holds(
    stack: Stack, gateway: str
) -> None:
    async with client_at(stack, gateway) as http, httpx.AsyncClient(base_url=gateway) as thief:

        async def guess() -> httpx.Response:
            return await thief.get("/v1/me", headers={"Authorization": f"Bearer {new_key()}"})

        answers = [await guess() for _ in range(11)]
        assert {answer.status_code for answer in answers} == {401, 429}
        assert answers[-1].json()["violated-policies"] == ["guesses"]
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await http.get("/v1/me")).status_code == 200
