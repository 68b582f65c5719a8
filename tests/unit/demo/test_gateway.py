"""When a call is made again, and what is told when it is not."""

import httpx
import pytest

from demo.gateway import RETRY_SECONDS, Gateway, GatewayRefused, retry_seconds

ASKED = httpx.Request("POST", "http://127.0.0.1:8080/v1/posts/batch")


def failed(http_status: int, **headers: str) -> httpx.HTTPStatusError:
    answer = httpx.Response(http_status, request=ASKED, headers=headers, json={"detail": "Vì sao"})
    return httpx.HTTPStatusError("", request=ASKED, response=answer)


def test_a_call_is_repeated_when_the_api_says_later_or_nothing_answers() -> None:
    headers = {"Retry-After": "7"}
    assert [retry_seconds(failed(status, **headers)) for status in (503, 429, 409)] == [7, 7, 7]
    assert retry_seconds(failed(503)) == RETRY_SECONDS
    assert retry_seconds(httpx.ConnectError("refused")) == RETRY_SECONDS


@pytest.mark.parametrize("http_status", [400, 401, 403, 404, 409, 422, 500])
def test_a_refusal_is_not_repeated(http_status: int) -> None:
    assert retry_seconds(failed(http_status)) is None


def test_a_refusal_tells_the_reason_of_the_api() -> None:
    assert str(GatewayRefused(failed(422).response)) == (
        "POST /v1/posts/batch was answered with 422: Vì sao"
    )
    page = httpx.Response(502, request=ASKED, text="<html>Bad gateway")
    assert "502: <html>Bad gateway" in str(GatewayRefused(page))


def test_a_repeated_call_is_the_same_call() -> None:
    bodies: list[tuple[bytes, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append((request.content, request.headers["Idempotency-Key"]))
        busy = httpx.Response(503, headers={"Retry-After": "0"})
        return busy if len(bodies) < 3 else httpx.Response(202, json={})

    with httpx.Client(base_url=str(ASKED.url), transport=httpx.MockTransport(answer)) as http:
        Gateway(http).call("POST", "", content=b"{}", headers={"Idempotency-Key": "1"})
    assert bodies == [(b"{}", "1")] * 3


def test_a_list_is_read_to_its_last_page() -> None:
    pages: dict[str | None, tuple[list[int], str | None]] = {
        None: ([1, 2], "a"),
        "a": ([], "b"),
        "b": ([3], None),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        items, next_cursor = pages[request.url.params.get("cursor")]
        assert request.url.params["label"] == "tieu_cuc"
        return httpx.Response(200, json={"items": items, "next_cursor": next_cursor})

    with httpx.Client(base_url=str(ASKED.url), transport=httpx.MockTransport(answer)) as http:
        assert list(Gateway(http).items("", {"label": "tieu_cuc"})) == [1, 2, 3]
