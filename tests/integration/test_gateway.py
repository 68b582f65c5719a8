"""The gateway's edge: who is let in, and how every refusal looks."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any

import anyio.to_thread
import httpx
import pytest

from shared.topics import POSTS
from tests.integration.family import UNIT, draft
from tests.integration.ingest_calls import raw_records
from tests.province import Province, client_of, open_province
from tests.stack import Stack

pytestmark = pytest.mark.anyio

POST_ID = "0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11"
PLACES = {
    "post_id": POST_ID,
    "alert_id": POST_ID,
    "unit_id": "so-nao",
    "channel_id": "kenh-nao",
    "policy_id": "nguong-nao",
    "window": "month",
    "first_day": "2026-01-01",
}
WRONG_KEY = "candoi_" + "0" * 49
BODY_BYTES_MAX = 8 * 1_048_576


@pytest.fixture(scope="module")
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


@pytest.fixture(scope="module")
async def nobody(stack: Stack) -> AsyncGenerator[httpx.AsyncClient]:
    """A caller without a key."""
    async with httpx.AsyncClient(base_url=stack.url("gateway"), timeout=40) as http:
        yield http


def is_problem(answer: httpx.Response, http_status: int, code: str) -> dict[str, Any]:
    """The answer's problem document, which must be complete."""
    assert answer.status_code == http_status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, http_status)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert problem["detail"]
    return problem


async def test_no_key_and_a_wrong_key_are_refused(nobody: httpx.AsyncClient) -> None:
    path = "/v1/me"
    missing = await nobody.get(path)
    is_problem(missing, 401, "invalid-key")
    assert missing.headers["www-authenticate"] == "Bearer"
    basic = await nobody.get(path, headers={"Authorization": "Basic dGVzdDp0ZXN0"})
    is_problem(basic, 401, "invalid-key")
    wrong = await nobody.get(path, headers={"Authorization": f"Bearer {WRONG_KEY}"})
    is_problem(wrong, 401, "invalid-key")
    assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    odd = await nobody.get(path, headers={"Authorization": "Bearer khóa".encode()})
    is_problem(odd, 401, "invalid-key")


async def test_a_key_tells_what_it_may_do(province: Province) -> None:
    answer = await province.http.get("/v1/me", headers={"Authorization": _lower(province.http)})
    assert answer.status_code == 200
    me = answer.json()
    assert (me["client"], me["unit_ids"]) == ("test", None)
    assert {"posts:write", "ratios:read", "classify"} <= set(me["scopes"])
    assert me["quota"]["requests"] > 0


def _lower(http: httpx.AsyncClient) -> str:
    """The scheme's name is not case-sensitive."""
    return http.headers["authorization"].replace("Bearer", "bearer")


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Method, path with some ids and scope of every call under /v1."""
    for path, methods in document["paths"].items():
        if path.startswith("/v1/"):
            filled = re.sub(r"{(\w+)}", lambda found: PLACES[found[1]], path)
            for method, operation in methods.items():
                assert operation["security"], path
                yield method.upper(), filled, operation.get("x-required-scope")


async def test_every_call_needs_a_key_and_its_scope(
    stack: Stack, nobody: httpx.AsyncClient
) -> None:
    document = (await nobody.get("/openapi.json")).json()
    calls = list(operations(document))
    assert len(calls) >= 28
    async with (
        client_of(stack, "--scope", "classify") as classifier,
        client_of(stack, "--scope", "units:read") as reader,
    ):
        for method, path, scope in calls:
            is_problem(await nobody.request(method, path), 401, "invalid-key")
            if scope is not None:
                poor = reader if scope == "classify" else classifier
                answer = await poor.request(method, path)
                assert scope in is_problem(answer, 403, "insufficient-scope")["detail"]
                assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    assert [path for _, path, scope in calls if scope is None] == ["/v1/me"]


@pytest.mark.parametrize(
    ("method", "path", "body", "http_status", "code"),
    [
        ("GET", "/v1/khong-co", None, 404, "not-found"),
        ("GET", "/problems/khong-co", None, 404, "not-found"),
        ("GET", "/v1/units/khong-co", None, 404, "unknown-unit"),
        ("GET", "/v1/units/khong-co/ratio", None, 404, "unknown-unit"),
        (
            "GET",
            "/v1/units/khong-co/ratio/series?from=2026-01-01&to=2026-01-02",
            None,
            404,
            "unknown-unit",
        ),
        ("GET", "/v1/reports/ratio?unit_id=khong-co", None, 404, "unknown-unit"),
        ("GET", "/v1/channels/silent?unit_id=khong-co", None, 404, "unknown-unit"),
        ("GET", f"/v1/posts/{POST_ID}", None, 404, "unknown-post"),
        ("POST", f"/v1/posts/{POST_ID}/restore", None, 404, "unknown-post"),
        ("DELETE", f"/v1/posts/{POST_ID}/review", None, 404, "unknown-post"),
        ("GET", "/v1/closings/month/2024-05-01", None, 404, "unknown-closing"),
        ("GET", "/v1/closings/month/2024-05-01/corrections", None, 404, "unknown-closing"),
        ("PUT", "/v1/closings/day/2024-05-01", None, 422, "invalid-input"),
        ("PUT", "/v1/closings/month/2024-05-02", None, 422, "invalid-input"),
        ("PUT", f"/v1/alerts/{POST_ID}/acknowledgement", b'{"note": "x"}', 404, "unknown-alert"),
        ("PUT", "/v1/alerts/khong/acknowledgement", b'{"note": "x"}', 422, "invalid-input"),
        ("PUT", "/v1/policies/nguong", b"{", 400, "unreadable-body"),
        ("PUT", "/v1/policies/nguong", b"{}", 422, "invalid-input"),
        ("PUT", "/v1/policies/Nguong", b"{}", 422, "invalid-input"),
        ("DELETE", "/v1/ratios", None, 405, "method-not-allowed"),
        ("PATCH", "/v1/posts", b"{}", 405, "method-not-allowed"),
        ("POST", "/v1/posts", b"{", 400, "unreadable-body"),
        ("POST", "/v1/posts", b"", 400, "unreadable-body"),
        ("POST", "/v1/posts", b'{"title": "\xff"}', 400, "unreadable-body"),
        ("POST", "/v1/posts", b"[" * 100_000, 400, "unreadable-body"),
        ("POST", "/v1/posts", b"{}", 422, "invalid-input"),
        ("POST", "/v1/posts/batch", b'[{"title": "\xff"}]', 400, "unreadable-body"),
        ("POST", f"/v1/posts/{POST_ID}/review", b"{", 400, "unreadable-body"),
        ("POST", f"/v1/posts/{POST_ID}/review", b'{"reason": "\xff"}', 400, "unreadable-body"),
        ("POST", f"/v1/posts/{POST_ID}/review", b"{}", 422, "invalid-input"),
        ("POST", "/v1/posts/khong-phai-uuid/review", b"{}", 422, "invalid-input"),
        ("PUT", "/v1/units/so-thu", b"{", 400, "unreadable-body"),
        ("PUT", "/v1/units/so-thu", b'{"name": "\xff"}', 400, "unreadable-body"),
        ("PUT", "/v1/units/so-thu", b"{}", 422, "invalid-input"),
        ("PUT", "/v1/units/So Thu", b"{}", 422, "invalid-input"),
        ("POST", "/v1/classify", b"{", 400, "unreadable-body"),
        ("POST", "/v1/classify", b'{"items": [{"text": "\xff"}]}', 400, "unreadable-body"),
        ("POST", "/v1/classify", b"{}", 422, "invalid-input"),
        ("GET", "/v1/ratios?limit=0", None, 422, "invalid-input"),
        ("GET", "/v1/ratios?cursor=x", None, 400, "invalid-cursor"),
        ("GET", "/v1/ratios?at=2024-05-31&cursor=x", None, 400, "invalid-cursor"),
        ("GET", "/v1/posts?cursor=x", None, 400, "invalid-cursor"),
        ("GET", "/v1/alerts?cursor=x", None, 400, "invalid-cursor"),
    ],
)
async def test_every_refusal_is_a_problem_document(
    province: Province, method: str, path: str, body: bytes | None, http_status: int, code: str
) -> None:
    sent = {"Content-Type": "application/json", "X-Request-Id": "yeu-cau.7"}
    answer = await province.http.request(method, path, content=body, headers=sent)
    assert is_problem(answer, http_status, code)["request_id"] == "yeu-cau.7"


DAYS = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"from": "2026-02-30"}, "from"),
        (DAYS | {"to": "2026-02-30"}, "to"),
        (DAYS | {"from": "2026-03-01"}, "from"),
        ({"from": "2026-02-01"}, "to"),
        ({"to": "2026-02-28"}, "from"),
        ({"window": "nonsense"}, "window"),
        ({"at": "nonsense"}, "at"),
        (DAYS | {"window": "month"}, "window"),
        ({"by": "nonsense"}, "by"),
        ({"include": "nonsense"}, "include"),
        ({"include": "children,nonsense"}, "include"),
        ({"as_of": "nonsense"}, "as_of"),
        ({"as_of": "2026-01-01T08:00"}, "as_of"),
        ({"as_of": "2999-01-01T08:00:00Z"}, "as_of"),
        ({"at": "2999-01-01"}, "at"),
        ({"from": "2999-01-01", "to": "2999-01-02"}, "from"),
        ({"from": "2015-01-01", "to": "2026-01-01"}, "from"),
    ],
)
async def test_a_bad_parameter_is_named_whatever_is_asked(
    province: Province, parameters: Mapping[str, str], named: str
) -> None:
    unit = f"/v1/units/{province.unit_id}/ratio"
    report = f"/v1/reports/ratio?unit_id={province.unit_id}"
    paths = [unit, report] if "by" not in parameters else [unit]
    if not parameters.keys() & {"by", "include"}:
        paths.append("/v1/ratios")
    for path in paths:
        await bad_parameter_is_named(province.http, path, parameters, named)


async def bad_parameter_is_named(
    http: httpx.AsyncClient, path: str, parameters: Mapping[str, str], named: str
) -> None:
    """The problem names the one parameter that is wrong."""
    answer = await http.get(httpx.URL(path).copy_merge_params(parameters))
    faults = is_problem(answer, 422, "invalid-input")["errors"]
    assert [fault["parameter"] for fault in faults] == [named]


async def in_pieces() -> AsyncIterator[bytes]:
    """A body whose length is not told."""
    for _ in range(BODY_BYTES_MAX // 1_048_576 + 1):
        yield b" " * 1_048_576


@pytest.mark.parametrize("path", ["/v1/posts", "/v1/posts/batch", "/v1/classify"])
async def test_a_body_that_is_too_large_is_refused(province: Province, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b" " * (BODY_BYTES_MAX + 1), in_pieces()):
        answer = await province.http.post(path, content=body, headers=headers)
        is_problem(answer, 413, "body-too-large")


async def test_a_sane_request_id_is_echoed_and_any_other_replaced(province: Province) -> None:
    for sent, kept in (("a-B.3_", True), ("x" * 64, True), ("x" * 65, False), ("a b", False)):
        answer = await province.http.get("/v1/me", headers={"X-Request-Id": sent})
        assert (answer.headers["x-request-id"] == sent) == kept
        assert answer.headers["x-request-id"]


async def test_a_trace_goes_on_into_the_log(stack: Stack, province: Province) -> None:
    trace = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    answer = await province.http.post("/v1/posts", json=draft(province.channel_id), headers=trace)
    assert answer.status_code == 202, answer.text
    key = province.channel_id.encode()
    records = await anyio.to_thread.run_sync(raw_records, stack.kafka, POSTS)
    (record,) = [one for one in records if one.key == key]
    carried = dict(record.headers)["traceparent"].decode()
    assert carried.startswith(f"00-{'a' * 32}-")
    assert "b" * 16 not in carried


async def test_etag_and_precondition_pass_through_to_the_registry(province: Province) -> None:
    path = f"/v1/units/{province.unit_id}"
    etag = (await province.http.get(path)).headers["etag"]
    renamed = UNIT | {"name": "Sở Thử nghiệm và Đo lường"}
    assert (await province.http.put(path, json=renamed)).status_code == 428
    stale = await province.http.put(path, json=renamed, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    changed = await province.http.put(path, json=renamed, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
