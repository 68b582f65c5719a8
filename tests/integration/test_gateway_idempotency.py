"""`Idempotency-Key`: a POST that is repeated has one effect and one answer."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import anyio.to_thread
import httpx
import pytest

from tests.integration.family import REASON, draft
from tests.integration.ledger import connected
from tests.province import Province, client_of, open_province
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

REVIEW = {"label": "tieu_cuc", "topic": "khac", "reason": REASON}


@pytest.fixture(scope="module")
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        await here.send([here.draft(1)])
        await here.counted()
        yield here


def a_key() -> dict[str, str]:
    """A key that was never used."""
    return {"Idempotency-Key": f'"{uuid4()}"'}


def told(answer: httpx.Response) -> tuple[int, str, bytes]:
    """What must be the same in a replay."""
    return answer.status_code, answer.headers["content-type"], answer.content


async def test_a_repetition_is_answered_as_the_first_time_and_says_so(province: Province) -> None:
    post, headers = draft(province.channel_id, 2), a_key()
    first = await province.http.post("/v1/posts", json=post, headers=headers)
    assert (first.status_code, first.json()["duplicate"]) == (202, False)
    again = await province.http.post("/v1/posts", json=post, headers=headers)
    assert told(again) == told(first)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    bare = {"Idempotency-Key": headers["Idempotency-Key"].strip('"')}
    assert told(await province.http.post("/v1/posts", json=post, headers=bare)) == told(first)


async def test_a_repetition_tells_the_etag_of_the_first_answer(province: Province) -> None:
    (post_id,), headers = province.acknowledged, a_key()
    # Of a post that was never withdrawn: it changes nothing for the other tests.
    path = f"/v1/posts/{post_id}/restore"
    first = await province.http.post(path, headers=headers)
    again = await province.http.post(path, headers=headers)
    assert told(again) == told(first)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    (await province.http.post(path, headers={"If-Match": first.headers["etag"]})).raise_for_status()


async def test_a_refusal_is_replayed_too(province: Province) -> None:
    post, headers = draft("kenh-la"), a_key()
    answers = [await province.http.post("/v1/posts", json=post, headers=headers) for _ in range(2)]
    assert told(answers[1]) == told(answers[0])
    assert answers[1].status_code == 422
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_the_key_of_one_body_is_refused_with_another(province: Province) -> None:
    headers = a_key()
    one, other = draft(province.channel_id, 3), draft(province.channel_id, 4)
    (await province.http.post("/v1/posts", json=one, headers=headers)).raise_for_status()
    answer = await province.http.post("/v1/posts", json=other, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    (fault,) = answer.json()["errors"]
    assert fault["parameter"] == "Idempotency-Key"
    unsent = await province.http.post("/v1/posts", json=other)
    assert not unsent.json()["duplicate"]


async def test_a_key_belongs_to_one_client_and_one_call(stack: Stack, province: Province) -> None:
    headers, post = a_key(), draft(province.channel_id, 5)
    first = await province.http.post("/v1/posts", json=post, headers=headers)
    checked = await province.http.post("/v1/posts?validate_only=true", json=post, headers=headers)
    async with client_of(stack) as other:
        theirs = await other.post("/v1/posts", json=post, headers=headers)
    assert [answer.status_code for answer in (first, checked, theirs)] == [202, 200, 202]
    assert [answer.json()["duplicate"] for answer in (first, checked, theirs)] == [
        *(False, True, True)
    ]


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
async def test_a_key_that_is_empty_or_too_long_is_refused(province: Province, key: str) -> None:
    headers = {"Idempotency-Key": key}
    post = draft(province.channel_id, 6)
    answer = await province.http.post("/v1/posts", json=post, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-invalid")


async def test_twenty_equal_calls_at_once_have_one_effect(province: Province) -> None:
    (post_id,) = province.acknowledged
    path, headers = f"/v1/posts/{post_id}", a_key()

    async def review() -> httpx.Response:
        return await province.http.post(f"{path}/review", json=REVIEW, headers=headers)

    answers = await asyncio.gather(*(review() for _ in range(20)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in done}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    for answer in answers:
        if answer not in done:
            assert problem(answer) == (409, "idempotency-key-in-use")
            assert int(answer.headers["retry-after"]) > 0
    assert told(await review()) == told(done[0])
    history: list[dict[str, Any]] = (await province.http.get(path)).json()["history"]
    assert [record["schema"] for record in history] == ["verdict.v1", "review.v1"]


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def test_what_was_done_is_told_though_the_database_died_meanwhile(
    stack: Stack, province: Province
) -> None:
    headers, body = a_key(), {"items": [{"title": "Khai giảng năm học mới"}]}
    stack.kill("classify", signal.SIGSTOP)
    calling = asyncio.create_task(province.http.post("/v1/classify", json=body, headers=headers))
    try:
        await until(lambda: is_running(stack, headers), what="the call is under way")
        await anyio.to_thread.run_sync(stack.kill, "postgres")
    finally:
        stack.kill("classify", signal.SIGCONT)
        answer = await calling
        await anyio.to_thread.run_sync(stack.restart, "postgres")
    assert answer.status_code == 200, answer.text
    await until(lambda: all_ready(stack), seconds=30, what="the services are ready again")


async def is_running(stack: Stack, headers: dict[str, str]) -> bool:
    """The gateway has noted the call and has no answer yet."""
    key = headers["Idempotency-Key"].strip('"')
    asked = "SELECT 1 FROM gateway.idempotency WHERE idempotency_key = $1 AND http_status IS NULL"
    async with connected(stack.dsn) as connection:
        return await connection.fetchval(asked, key) is not None


async def all_ready(stack: Stack) -> bool:
    """The services that need the database have it."""
    async with httpx.AsyncClient() as http:
        answers = [
            await http.get(f"{stack.url(name)}/readyz") for name in ("ingest", "ratio", "gateway")
        ]
    return all(answer.status_code == 200 for answer in answers)
