"""The document says what the gateway does: keys, scopes, examples, headers, figures of its own."""

import re
from typing import Any

import httpx
import msgspec
import pytest

from services.gateway.domain.access import SCOPES
from services.gateway.domain.listing import Row
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
from tests.contract.gateway import Behind, ask
from tests.unit.gateway.figures import a_ratio, a_snapshot, of_day

pytestmark = pytest.mark.anyio

PLACES = {
    "post_id": "0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11",
    "unit_id": "so-yte",
    "channel_id": "so-yte-facebook",
    "alert_id": "3f0d7a52-5a0c-5b0e-8f0e-0d7b5f1f7c11",
    "policy_id": "bao-chi",
    "window": "month",
    "first_day": "2026-11-01",
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


def province(*shares: int) -> Behind:
    """A ratio service that knows a unit for each share, in per cent."""
    rows = [
        Row("department", "tinh", a_ratio(f"so-{share}", share, 100, status="ok"))
        for share in shares
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, request.headers["x-candoi-client"]) == ("/v1/ratios", "thu")
        known = {"as_of": request.url.params["as_of"]} if "as_of" in request.url.params else {}
        return httpx.Response(200, content=msgspec.json.encode({"items": rows} | known))

    return answer


@pytest.mark.parametrize(
    "period",
    [
        {"at": "2026-01-31", "window": "year"},
        {"from": "2026-01-01", "to": "2026-01-31"},
        {"as_of": "2026-11-01T01:00:00Z"},
    ],
)
async def test_the_province_of_another_day_or_moment_is_listed_like_todays(
    period: dict[str, str],
) -> None:
    known = Snapshots()
    known.put(a_snapshot("so-nay", of_day("so-nay", local_day(utc_now()))))
    asked = period | {"limit": "2", "status": "ok"}
    found: list[str] = []
    while True:
        answer = await ask(
            "GET",
            "/v1/ratios",
            scopes=["ratios:read"],
            snapshots=known,
            behind=province(3, 20, 11),
            params=asked,
        )
        await fits(BY_NAME["listRatios"], answer)
        page = answer.json()
        found += [ratio["unit_id"] for ratio in page["items"]]
        assert page.get("as_of") == period.get("as_of")
        if page["next_cursor"] is None:
            break
        assert page["next_cursor"] in answer.headers["link"]
        asked["cursor"] = page["next_cursor"]
    assert found == ["so-20", "so-11", "so-3"]


async def test_a_cursor_does_not_lead_into_another_day() -> None:
    async def listed(**parameters: str) -> httpx.Response:
        return await ask(
            *("GET", "/v1/ratios"),
            scopes=["ratios:read"],
            behind=province(3, 20),
            params={"limit": "1", **parameters},
        )

    cursor = (await listed(at="2026-01-31")).json()["next_cursor"]
    assert (await listed(at="2026-01-31", cursor=cursor)).status_code == 200
    for other in ({"at": "2026-01-30"}, {"at": "2026-01-31", "as_of": "2026-11-01T01:00:00Z"}):
        assert (await listed(cursor=cursor, **other)).json()["code"] == "invalid-cursor"


async def test_what_ratio_refuses_of_a_list_is_passed_on() -> None:
    body = {"code": "invalid-input", "status": 422}
    answer = await ask(
        "GET",
        "/v1/ratios?as_of=nonsense",
        scopes=["ratios:read"],
        behind=lambda _: httpx.Response(422, json=body),
    )
    assert (answer.status_code, answer.json()) == (422, body)


@pytest.mark.parametrize("path", ["/v1/ratios?at=2026-01-31", "/v1/reports/ratio", "/v1/alerts"])
async def test_ratio_is_told_which_units_a_bound_client_sees(path: str) -> None:
    told: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(request.headers["x-candoi-units"])
        return httpx.Response(200, json={"items": []})

    await ask("GET", path, scopes=["ratios:read"], unit_ids=["so-yte"], behind=answer)
    assert told == ["so-yte"]


@pytest.mark.parametrize("call", ["listPosts", "listUnits", "listAlerts", "listCorrections"])
async def test_a_list_that_is_passed_on_leads_to_its_next_page(call: str) -> None:
    page = {"items": [], "next_cursor": "WyIt"}
    answer = await ask_as_documented(
        BY_NAME[call],
        set(SCOPES),
        behind=lambda _: httpx.Response(200, json=page),
        params={"limit": "7"},
    )
    path = re.sub(r"{(\w+)}", lambda found: PLACES[found[1]], BY_NAME[call].path)
    assert answer.links["next"]["url"] == f"http://gateway{path}?limit=7&cursor=WyIt"
    await fits(BY_NAME[call], answer)


async def test_what_a_reviewer_has_seen_goes_to_ratio_and_what_stands_comes_back() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        seen = {"seen": request.headers["if-match"]}
        return httpx.Response(412, json=seen, headers={"ETag": '"now"'})

    path = f"/v1/posts/{PLACES['post_id']}/review?reason=nham"
    condition = {"If-Match": '"then"'}
    found = await ask("DELETE", path, scopes=SCOPES, behind=answer, headers=condition)
    assert (found.status_code, found.json()) == (412, {"seen": '"then"'})
    assert found.headers["etag"] == '"now"'


async def test_a_method_that_is_not_there_names_those_that_are() -> None:
    answer = await ask("PUT", "/v1/posts", scopes=SCOPES)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"]
