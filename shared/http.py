"""The skeleton of a service's HTTP edge: request context, problems, health, metrics, docs.

In: a title, a lifespan, routers. Out: an app that answers every error as a problem document and
carries request id and trace through logs, HTTP and Kafka.
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from time import perf_counter
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics, problems
from shared.settings import HttpSettings
from shared.tracing import continue_trace

log = structlog.get_logger()

# None when all is well, else one sentence for the operator.
Check = Callable[[], Awaitable[str | None]]
Checks = Mapping[str, Check]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]

BODY_BYTES_MAX = 8 * 1_048_576
# No status that is sent; logs and metrics know it by this number since nginx.
CLIENT_GONE = 499
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FAILED = "Hệ thống gặp lỗi; hãy thử lại và báo kèm request_id."
_HEALTH_PATHS = ("/livez", "/readyz", "/metrics")


def create_app(
    *,
    title: str,
    description: str,
    version: str,
    lifespan: Lifespan,
    http: HttpSettings,
    gone: Sequence[type[Exception]] = (),
) -> FastAPI:
    """An app with everything that all services have.

    The lifespan's state must hold `checks`, the readiness checks by name; it may hold `alive`,
    a check of the process itself (never of what it depends on). `gone`: errors of a route which
    say that something the service needs is away; they are answered with 503.
    """
    app = FastAPIOffline(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        redoc_url=None,
        # Behind TLS the redirect would lead to plain HTTP, and the key with it.
        redirect_slashes=False,
    )
    app.state.public_base_url = http.public_base_url
    app.add_exception_handler(problems.Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _routing_failed)
    for error in gone:
        app.add_exception_handler(error, _unavailable)
    app.add_middleware(RequestContext, gone=tuple(gone))
    _add_health(app)
    return app


def _add_health(app: FastAPI) -> None:
    @app.get("/livez", tags=["health"], summary="Is the process itself alive?")
    async def livez(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        alive: Check | None = getattr(request.state, "alive", None)
        return await _health({"process": alive} if alive else {})

    @app.get("/readyz", tags=["health"], summary="Can it do its work now?")
    async def readyz(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return await _health(request.state.checks)

    @app.get("/metrics", tags=["health"], summary="Metrics for Prometheus")
    async def read_metrics() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _health(checks: Checks) -> Response:
    answers = dict(
        zip(checks, await asyncio.gather(*(check() for check in checks.values())), strict=True)
    )
    ready = all(answer is None for answer in answers.values())
    return JSONResponse(
        {
            "status": "ok" if ready else "unavailable",
            "checks": {name: answer or "ok" for name, answer in answers.items()},
        },
        200 if ready else 503,
    )


class RequestContext:
    """Gives each request its id and trace, bounds its body, measures and logs it."""

    def __init__(self, app: ASGIApp, gone: tuple[type[Exception], ...] = ()) -> None:
        self.app, self._gone = app, gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything that is no request passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        request_id = headers.get("x-request-id", "")
        if not _SANE_REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        trace_id = continue_trace(headers.get("traceparent"))
        with structlog.contextvars.bound_contextvars(request_id=request_id, trace_id=trace_id):
            await self._serve(scope, _bounded(receive), send, request_id)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, http_status, answering = perf_counter(), 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal http_status, answering
            if message["type"] == "http.response.start":
                http_status, answering = message["status"], True
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            # Nobody is left to be answered: a gateway that died, a program that gave up.
            http_status = CLIENT_GONE
        except Exception as error:
            if answering and self._is_known(error.__cause__):
                # Too late to be answered. The server breaks the connection off, so that no reader
                # takes a part for the whole.
                http_status = 503
                return
            log.error("request_failed", error=repr(error), exc_info=error)
            http_status = 500
            if answering:
                raise
            failure = problem_response(Request(scope), problems.Failed(_FAILED))
            await failure(scope, receive, send_with_id)
        finally:
            _record(scope, http_status, perf_counter() - started)

    def _is_known(self, cause: BaseException | None) -> bool:
        """What came in mid-answer is no bug, and is in the log: who raises a refusal so late has
        told it."""
        if isinstance(cause, self._gone):
            log.warning("dependency_gone", error=repr(cause))
            return True
        return isinstance(cause, problems.Refusal)


def _bounded(receive: Receive) -> Receive:
    """Stops reading a body that is larger than any request may be."""
    read_bytes = 0

    async def receive_bounded() -> Message:
        nonlocal read_bytes
        message = await receive()
        read_bytes += len(message.get("body", b""))
        if read_bytes > BODY_BYTES_MAX:
            raise problems.BodyTooLarge(
                f"Nội dung lớn hơn {BODY_BYTES_MAX // 1_048_576} MiB; hãy chia thành nhiều lô nhỏ."
            )
        return message

    return receive_bounded


def _record(scope: Scope, http_status: int, seconds: float) -> None:
    route = scope.get("route")
    # The template, not the path: paths hold ids, and each would be a time series of its own.
    template: str = getattr(route, "path", None) or "unknown"
    method: str = scope["method"]
    metrics.HTTP_REQUESTS.labels(method, template, http_status).inc()
    metrics.HTTP_REQUEST_SECONDS.labels(method, template).observe(seconds)
    if template not in _HEALTH_PATHS:
        log.info(
            "request_answered",
            method=method,
            route=template,
            http_status=http_status,
            seconds=round(seconds, 4),
        )


def problem_response(request: Request, refusal: problems.Refusal) -> Response:
    """The refusal as the answer to this request."""
    return JSONResponse(
        refusal.document(request.state.request_id, request.app.state.public_base_url),
        refusal.http_status,
        refusal.headers,
        problems.PROBLEM_MEDIA_TYPE,
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, problems.Refusal)
    return problem_response(request, error)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("dependency_gone", error=repr(error))
    return problem_response(
        request, problems.Unavailable("Cơ sở dữ liệu chưa trả lời; hãy thử lại sau ít giây.")
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(request, problems.invalid_input(error.errors()))


async def _routing_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, problems.Refusal):
        # FastAPI wraps what is raised while it reads the body.
        return problem_response(request, error.__cause__)
    path = request.url.path
    if error.status_code == 404:
        return problem_response(request, problems.NotFound(f"Không có địa chỉ {path}."))
    if error.status_code == 405:
        refusal = problems.MethodNotAllowed(
            f"{path} không nhận {request.method}.", headers=error.headers
        )
        return problem_response(request, refusal)
    return problem_response(request, problems.Unreadable(f"Yêu cầu sai: {error.detail}"))


async def serve(app: FastAPI, host: str, port: int, http: HttpSettings) -> None:
    """Serve until SIGTERM or Ctrl-C; running requests get `stop_seconds` to end."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=http.stop_seconds,
    )
    await uvicorn.Server(config).serve()
