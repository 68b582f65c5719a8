"""What a body may be, and that no more of it is read than allowed."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from shared.http import BODY_BYTES_MAX
from tests.unit.shared.tiny_app import problem

pytestmark = pytest.mark.anyio

MEBIBYTE = b"x" * 1_048_576


async def test_an_invalid_body_is_a_problem_with_its_place(client: httpx.AsyncClient) -> None:
    document = problem(await client.post("/v1/posts", json={"title": 5}), 422, "invalid-input")
    assert document["errors"] == [
        {"code": "string_type", "detail": "Phải là một chuỗi ký tự.", "pointer": "#/title"}
    ]


async def test_an_invalid_parameter_is_a_problem_with_its_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/units/so-yte", params={"at": "hôm nay"})
    (fault,) = problem(answer, 422, "invalid-input")["errors"]
    assert (fault["code"], fault["parameter"]) == ("int_parsing", "at")


@pytest.mark.parametrize("body", [b"{", b'{"title": "\xff"}', b"[" * 100_000])
async def test_a_body_that_is_no_json_is_a_problem(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem(await client.post("/v1/posts", content=body, headers=headers), 400, "unreadable-body")


@pytest.mark.parametrize("path", ["/v1/posts", "/v1/lines"])
async def test_no_more_of_a_body_is_read_than_allowed(client: httpx.AsyncClient, path: str) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield MEBIBYTE

    headers = {"Content-Type": "application/json"}
    answer = await client.post(path, content=endless(), headers=headers)
    assert "8 MiB" in problem(answer, 413, "body-too-large")["detail"]
    assert sent <= 9 + 1


async def test_a_body_of_just_the_size_allowed_is_read(client: httpx.AsyncClient) -> None:
    title = "x" * (BODY_BYTES_MAX - len('{"title":""}'))
    assert (await client.post("/v1/posts", json={"title": title})).status_code == 200
    problem(await client.post("/v1/posts", json={"title": title + "x"}), 413, "body-too-large")


async def test_lines_are_read_over_the_bounds_of_chunks(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for chunk in (b"on", b"e\ntwo\n", b"\n  \n", b"three\nfo", b"ur"):
            yield chunk

    assert (await client.post("/v1/lines", content=chunks())).json() == 4
