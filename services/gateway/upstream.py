"""The services behind the gateway: one pooled client, bounded in time and in number.

In: a request that was admitted. Out: the service's answer, passed on, whole or while it comes.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

import httpx
import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.gateway.settings import Settings
from shared import metrics
from shared.problems import Refusal
from shared.tracing import traceparent

log = structlog.get_logger()

Service = Literal["ingest", "classify", "ratio"]

CONNECT_SECONDS = 2.0
RETRY_AFTER = {"Retry-After": "2"}
_PASSED_IN = ("content-type", "if-match", "if-none-match", "idempotency-key")
_PASSED_OUT = ("content-type", "content-disposition", "etag", "retry-after", "link", "location")


class Busy(Refusal):
    """As many calls to this service are running as may run at once."""

    http_status, slug, title = 503, "busy", "Hệ thống đang bận"


class UpstreamUnavailable(Refusal):
    """The service behind does not answer."""

    http_status, slug, title = 503, "upstream-unavailable", "Dịch vụ phía sau chưa trả lời"


class Upstream:
    """Calls to the services. Use `open_upstream`."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._http = http
        self._urls: Mapping[Service, str] = {
            "ingest": settings.ingest_url,
            "classify": settings.classify_url,
            "ratio": settings.ratio_url,
        }
        self._free = {name: asyncio.Semaphore(settings.upstream_calls_max) for name in self._urls}

    async def forward(
        self, service: Service, request: Request, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """The same call to the service; its answer. Raises Busy, UpstreamUnavailable."""
        async with self._open(service, request, headers, body) as answer:
            await answer.aread()
        return Response(answer.content, answer.status_code, _passed_out(answer))

    async def stream(
        self,
        service: Service,
        request: Request,
        headers: Mapping[str, str],
        opened: AsyncExitStack,
    ) -> Response:
        """As `forward`, for an answer that may be large: it is passed on while it comes.

        `opened` is closed once the answer is sent, or its reader has left: until then the call
        keeps its place among those that may run at once.
        """
        answer = await opened.enter_async_context(self._open(service, request, headers, b""))
        # Without a length: if the service dies in between, the connection is broken off, and no
        # reader takes a part for the whole.
        return StreamingResponse(answer.aiter_bytes(), answer.status_code, _passed_out(answer))

    @asynccontextmanager
    async def _open(
        self, service: Service, request: Request, headers: Mapping[str, str], body: bytes
    ) -> AsyncGenerator[httpx.Response]:
        """The answer, its body still to be read. Raises Busy, UpstreamUnavailable."""
        free = self._free[service]
        if free.locked():
            raise Busy("Quá nhiều yêu cầu cùng lúc; hãy thử lại sau ít giây.", headers=RETRY_AFTER)
        # As the bytes that came: a header need not be ASCII.
        passed = [(n, value) for n, value in request.headers.raw if n.decode() in _PASSED_IN]
        own = {**headers, **_context(request)}
        url = httpx.URL(self._urls[service] + request.url.path, query=request.url.query.encode())
        sent = [*passed, *((n.encode(), value.encode()) for n, value in own.items())]
        try:
            async with (
                free,
                self._http.stream(request.method, url, content=body, headers=sent) as answer,
            ):
                yield answer
        except httpx.TransportError as error:
            metrics.UPSTREAM_FAILURES.labels(service).inc()
            log.warning("upstream_failed", upstream=service, error=repr(error))
            raise UpstreamUnavailable(
                "Dịch vụ phía sau chưa trả lời; hãy gửi lại nguyên yêu cầu sau ít giây: gửi lặp "
                "không bị đếm hai lần.",
                headers=RETRY_AFTER,
            ) from error


def _passed_out(answer: httpx.Response) -> Mapping[str, str]:
    return {name: answer.headers[name] for name in _PASSED_OUT if name in answer.headers}


def _context(request: Request) -> Mapping[str, str]:
    """Request id and trace go on, so that one id finds the call in every log."""
    trace = traceparent()
    context = {"X-Request-Id": request.state.request_id}
    return {**context, "traceparent": trace} if trace else context


@asynccontextmanager
async def open_upstream(settings: Settings) -> AsyncGenerator[Upstream]:
    """The pooled client; closed at the end."""
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(settings.upstream_seconds, connect=CONNECT_SECONDS),
        # Waiting for a free connection would hide the overload that `Busy` tells.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        trust_env=False,
    ) as http:
        yield Upstream(settings, http)
