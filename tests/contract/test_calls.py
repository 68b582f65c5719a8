"""The document says what the gateway does: keys, scopes, examples, headers, figures of its own."""

import re
from typing import Any

import httpx
import pytest

from services.gateway.domain.access import SCOPES
from services.gateway.domain.snapshots import Snapshots
from shared.local_time import local_day, utc_now
from tests.contract.document import (
    BY_NAME,
    PROBLEM,
    Call,
    check_whole,
    each_call,
    each_public_call,
    examples,
    schema_of,
)
from tests.contract.gateway import ask
from tests.unit.gateway.figures import a_snapshot, of_day

pytestmark = pytest.mark.anyio

PLACES = {
    "post_id": "0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11",
    "unit_id": "so-yte",
    "channel_id": "so-yte-facebook",
    "slug": "empty-batch",
}


async def ask_as_documented(call: Call, scopes: set[str] | None, **options: Any) -> httpx.Response:
    """The call with the example of its body."""
    body = call.operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        options["json"] = body["example"]
    path = re.sub(r"{(\w+)}", lambda found: PLACES[found[1]], call.path)
    return await ask(call.method.upper(), path, scopes=scopes, **options)


async def fits(call: Call, answer: httpx.Response) -> None:
    """The answer is one that the call documents, headers included."""
    http_status = answer.status_code
    documented = {name.lower() for name in call.header_names(http_status)}
    told = set(answer.headers) - {"content-length", "content-type"}
    assert told <= documented, f"{call.name} {http_status}: {told - documented}"
    if answer.content:
        schema = schema_of(call, http_status, answer.headers["content-type"])
        check_whole(
            answer.json() if "json" in answer.headers["content-type"] else answer.text, schema
        )


@each_public_call
async def test_without_a_key_a_call_is_refused_as_documented(call: Call) -> None:
    answer = await ask_as_documented(call, None)
    assert answer.status_code == 401
    await fits(call, answer)


@each_public_call
async def test_without_its_scope_a_call_is_refused_as_documented(call: Call) -> None:
    scope = call.operation.get("x-required-scope")
    if scope is None:
        return
    answer = await ask_as_documented(call, set(SCOPES) - {scope})
    assert answer.status_code == 403
    media = call.operation["responses"]["403"]["content"][PROBLEM]
    assert answer.json()["detail"] == examples(media)[0]["detail"]
    await fits(call, answer)


@each_public_call
async def test_with_its_scope_alone_the_documented_request_is_taken(call: Call) -> None:
    known = Snapshots()
    known.put(a_snapshot("so-yte", of_day("so-yte", local_day(utc_now()))))
    answer = await ask_as_documented(
        call, {call.operation.get("x-required-scope", "")}, snapshots=known
    )
    assert answer.status_code == 200, answer.text
    if answer.json() != {}:
        await fits(call, answer)


@each_call
async def test_a_bad_parameter_is_refused_as_documented(call: Call) -> None:
    names = {one["name"] for one in call.parameters()}
    if "limit" in names:
        answer = await ask_as_documented(call, set(SCOPES), params={"limit": "0"})
        assert answer.status_code == 422
        await fits(call, answer)


@pytest.mark.parametrize("name", ["livez", "readyz", "metrics", "getProblem"])
async def test_what_needs_no_key_answers_as_documented(name: str) -> None:
    call = BY_NAME[name]
    answer = await ask_as_documented(call, None)
    assert answer.status_code == 200
    await fits(call, answer)


async def test_an_unknown_problem_page_is_refused_as_documented() -> None:
    answer = await ask("GET", "/problems/khong-co", scopes=None)
    assert answer.status_code == 404
    await fits(BY_NAME["getProblem"], answer)


async def test_a_known_ratio_is_not_sent_again() -> None:
    known, today = Snapshots(), local_day(utc_now())
    known.put(a_snapshot("so-yte", of_day("so-yte", today)))
    path, call = f"/v1/units/so-yte/ratio?at={today}", BY_NAME["getRatio"]
    first = await ask("GET", path, scopes=["ratios:read"], snapshots=known)
    condition = {"If-None-Match": first.headers["etag"]}
    again = await ask("GET", path, scopes=["ratios:read"], snapshots=known, headers=condition)
    assert (again.status_code, again.content) == (304, b"")
    await fits(call, again)


async def test_a_list_leads_to_its_next_page() -> None:
    known, today = Snapshots(), local_day(utc_now())
    for unit_id in ("so-yte", "so-noi-vu"):
        known.put(a_snapshot(unit_id, of_day(unit_id, today)))
    answer = await ask(
        "GET", "/v1/ratios", scopes=["ratios:read"], snapshots=known, params={"limit": 1}
    )
    assert answer.json()["next_cursor"] in answer.headers["link"]
    await fits(BY_NAME["listRatios"], answer)


async def test_a_foreign_cursor_is_refused_as_documented() -> None:
    answer = await ask("GET", "/v1/ratios", scopes=["ratios:read"], params={"cursor": "x"})
    assert answer.status_code == 400
    await fits(BY_NAME["listRatios"], answer)


async def test_a_method_that_is_not_there_names_those_that_are() -> None:
    answer = await ask("PUT", "/v1/posts", scopes=SCOPES)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"]
