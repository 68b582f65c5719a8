"""What every service's HTTP edge does with a request, and with one that fails."""

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from structlog.typing import EventDict

from shared.http import CLIENT_GONE, RequestContext
from shared.problems import Unavailable
from tests.unit.shared.tiny_app import Gone, problem

pytestmark = pytest.mark.anyio


async def test_a_sane_request_id_comes_back(client: httpx.AsyncClient) -> None:
    for path in ("/livez", "/nowhere", "/v1/fails/bug"):
        answer = await client.get(path, headers={"X-Request-Id": "So-YTe_1.2"})
        assert answer.headers.get_list("x-request-id") == ["So-YTe_1.2"]


@pytest.mark.parametrize("request_id", [None, "", "x" * 65, "a b", "a,b", "<script>", "\u00e9"])
async def test_another_request_id_is_replaced(
    client: httpx.AsyncClient, request_id: str | None
) -> None:
    headers = [] if request_id is None else [(b"X-Request-Id", request_id.encode("latin-1"))]
    first, second = [
        (await client.get("/livez", headers=headers)).headers["x-request-id"] for _ in range(2)
    ]
    assert len(first) == len(second) == 32
    assert len({first, second, request_id}) == 3


async def test_the_callers_trace_goes_on_in_the_route(client: httpx.AsyncClient) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    answer = await client.get("/v1/units/so-yte", headers={"traceparent": trace})
    assert answer.json()["trace"].startswith(f"00-{'a' * 32}-")


async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient) -> None:
    document = problem(await client.get("/v1/tin"), 404, "not-found")
    assert document["detail"] == "Không có địa chỉ /v1/tin."


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/v1/posts")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_refusal_keeps_its_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/fails/refused")
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "7"


async def test_what_is_away_is_a_503_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/fails/gone")
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "password" not in answer.text


async def test_a_bug_is_a_problem_that_tells_nothing_of_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/fails/bug")
    problem(answer, 500, "internal-error")
    for inside in ("password", "ZeroDivision", "Traceback", ".py"):
        assert inside not in answer.text


async def test_the_log_has_the_cause_of_a_bug_under_the_same_request_id(
    client: httpx.AsyncClient, logged: list[EventDict]
) -> None:
    answer = await client.get("/v1/fails/bug")
    failed, answered = logged
    assert (failed["event"], failed["error"]) == (
        "request_failed",
        "ZeroDivisionError('password=x')",
    )
    assert (answered["event"], answered["http_status"]) == ("request_answered", 500)
    assert failed["request_id"] == answered["request_id"] == answer.headers["x-request-id"]


async def test_health_is_asked_too_often_to_be_logged(
    client: httpx.AsyncClient, logged: list[EventDict]
) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/v1/units/so-yte"):
        await client.get(path)
    assert [event["route"] for event in logged] == ["/v1/units/{unit_id}"]


async def test_an_answer_that_has_begun_is_not_answered_twice(client: httpx.AsyncClient) -> None:
    with pytest.raises(ZeroDivisionError):
        await client.get("/v1/half")


@pytest.mark.parametrize(
    ("known", "told"), [(Unavailable("Hãy thử lại."), []), (Gone("host=db"), ["dependency_gone"])]
)
async def test_what_is_known_leaves_an_answer_unfinished_and_no_traceback(
    logged: list[EventDict], known: Exception, told: list[str]
) -> None:
    async def break_off(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        # So does the framework with all that has a handler.
        raise RuntimeError from known

    async def receive() -> Message:
        return {"type": "http.request"}

    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    scope: Scope = {"type": "http", "method": "GET", "path": "/v1/reports", "headers": []}
    await RequestContext(break_off, (Gone,))(scope, receive, send)
    assert sent == ["http.response.start"]
    assert [event["event"] for event in logged] == [*told, "request_answered"]
    assert logged[-1]["http_status"] == 503
    assert not any("exc_info" in event for event in logged)


async def test_a_client_that_is_gone_is_no_fault_of_ours(logged: list[EventDict]) -> None:
    async def read_body(scope: Scope, receive: Receive, _: Send) -> None:
        await Request(scope, receive).body()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/v1/posts", "headers": []}
    await RequestContext(read_body)(scope, gone, send)
    assert [event["http_status"] for event in logged] == [CLIENT_GONE]
    assert {event["log_level"] for event in logged} == {"info"}
