"""The gateway, as any client calls it: HTTP and a key, patient where the API says "later".

In: calls. Out: answers; or an error that tells what the API said.
"""

import sys
import time
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local.errors import StackError

ANSWER_SECONDS = 60.0
# Longer than a service that has died takes to be back.
PATIENCE_SECONDS = 120.0
RETRY_SECONDS = 1.0
PAGE_ITEMS = 200


class GatewayRefused(StackError):
    """The API answered, and the answer is no."""

    def __init__(self, answer: httpx.Response) -> None:
        asked = f"{answer.request.method} {answer.request.url.path}"
        super().__init__(f"{asked} was answered with {answer.status_code}: {_told(answer)}")


class GatewaySilent(StackError):
    """Nothing answers where the gateway should be."""

    def __init__(self, url: str, cause: httpx.TransportError) -> None:
        super().__init__(
            f"the gateway does not answer at {url} ({cause!r}). `make status` shows what runs; a "
            "stack on other ports is found by the same CANDOI_LOCAL_* variables it started with"
        )


def retry_seconds(error: httpx.HTTPError) -> float | None:
    """In how many seconds a failed call is to be made again; None if that would not help."""
    if isinstance(error, httpx.HTTPStatusError):
        later = error.response.headers.get("Retry-After")
        if later is not None:
            return float(later)
        return RETRY_SECONDS if error.response.status_code == 503 else None
    return RETRY_SECONDS if isinstance(error, httpx.TransportError) else None


@dataclass(frozen=True, slots=True)
class Gateway:
    """Calls to the API. Use `open_gateway`."""

    http: httpx.Client

    def call(
        self, method: str, path: str, *, expected: Collection[int] = (), **parts: Any
    ) -> httpx.Response:
        """The answer, asked for again while the API says "later" or a service is being restarted.

        Raises httpx.HTTPStatusError for what is neither a success nor `expected`, and
        httpx.TransportError when nothing answers.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.http.request(method, path, **parts)
                if answer.status_code not in expected:
                    answer.raise_for_status()
                return answer
            except httpx.HTTPError as error:
                seconds = retry_seconds(error)
                if seconds is None or time.monotonic() + seconds > deadline:
                    raise
                print(f"{path}: no answer yet, again in {seconds:g} s", file=sys.stderr)
                time.sleep(seconds)

    def items(self, path: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        cursor: Mapping[str, str] = {}
        while True:
            wanted = {**parameters, "limit": str(PAGE_ITEMS), **cursor}
            page = self.call("GET", path, params=wanted).json()
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}


@contextmanager
def open_gateway(url: str, api_key: str | None = None) -> Generator[Gateway]:
    """A client of the gateway. Raises GatewayRefused, GatewaySilent for what fails inside."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    # trust_env: a proxy of the environment does not know this machine's ports.
    with httpx.Client(
        base_url=url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False
    ) as http:
        try:
            yield Gateway(http)
        except httpx.HTTPStatusError as error:
            raise GatewayRefused(error.response) from error
        except httpx.TransportError as error:
            raise GatewaySilent(url, error) from error


def _told(answer: httpx.Response) -> str:
    try:
        return answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
