"""A report is passed on while it comes; what was broken off never looks whole."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn
from structlog.testing import capture_logs

from tests.contract.gateway import APP, WITH_KEY, state_of, with_state
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]

PATH = "/v1/reports/ratio"
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\n"
    b'Content-Disposition: attachment; filename="bao-cao.csv"\r\nTransfer-Encoding: chunked\r\n\r\n'
)
END = b"0\r\n\r\n"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def piece(content: bytes) -> bytes:
    """One chunk as HTTP/1.1 sends it."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@asynccontextmanager
async def service(answer: Answer) -> AsyncGenerator[str]:
    """A service that answers every request so; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def gateway(answer: Answer, **settings: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """A caller of the real app on a real server, before such a service."""
    async with service(answer) as url, httpx.AsyncClient() as services:
        state = state_of(services, scopes=["ratios:read"], ratio_url=url, **settings)
        config = uvicorn.Config(
            with_state(APP, state), port=0, lifespan="off", log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        try:
            await until(lambda: server.started, what="the server listens")
            address = server.servers[0].sockets[0].getsockname()
            base_url = f"http://127.0.0.1:{address[1]}"
            async with httpx.AsyncClient(base_url=base_url, headers=WITH_KEY) as http:
                yield http
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def endless(**settings: Any) -> AsyncGenerator[tuple[httpx.AsyncClient, asyncio.Event]]:
    """A caller before a service whose answer never ends, and when that has lost its reader."""
    left = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        with suppress(ConnectionError):
            while not writer.is_closing():
                # More than the buffers on the way hold.
                writer.write(piece(b"x" * 65_536))
                await writer.drain()
        left.set()

    async with gateway(answer, **settings) as http:
        yield http, left


async def test_a_file_keeps_its_name_and_type_and_comes_piece_by_piece() -> None:
    seen = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + piece(b"first"))
        await seen.wait()
        writer.write(piece(b"second") + END)

    async with gateway(answer) as http, http.stream("GET", PATH) as report:
        assert report.headers["content-type"] == "text/csv; charset=utf-8"
        assert report.headers["content-disposition"] == 'attachment; filename="bao-cao.csv"'
        assert "content-length" not in report.headers
        pieces = report.aiter_bytes()
        assert await anext(pieces) == b"first"
        seen.set()
        assert b"".join([one async for one in pieces]) == b"second"


async def test_a_service_that_dies_in_mid_answer_leaves_nothing_that_looks_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + piece(b"first"))

    with capture_logs() as logged:
        async with gateway(answer) as http, http.stream("GET", PATH) as report:
            assert report.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError):
                await report.aread()
    assert [one["event"] for one in logged] == ["upstream_failed", "request_answered"]
    assert not any(one.exc_info for one in caplog.records)


async def test_a_service_that_dies_before_its_answer_is_told_as_such() -> None:
    async def answer(_: asyncio.StreamWriter) -> None:
        pass

    async with gateway(answer) as http:
        report = await http.get(PATH)
        assert (report.status_code, report.json()["code"]) == (503, "upstream-unavailable")


async def test_a_refusal_is_passed_on_as_it_is() -> None:
    body = b'{"code": "unknown-unit"}'

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async with gateway(answer) as http:
        report = await http.get(PATH)
        assert (report.status_code, report.content) == (404, body)
        assert report.headers["content-type"] == "application/problem+json"


async def test_a_reader_that_leaves_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logged:
        async with endless() as (http, left):
            async with http.stream("GET", PATH) as report:
                await anext(report.aiter_bytes())
            await asyncio.wait_for(left.wait(), 10)
    assert [(one["event"], one["log_level"]) for one in logged] == [("request_answered", "info")]
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_report_keeps_its_place_until_it_is_sent_or_its_reader_has_left() -> None:
    async with endless(upstream_calls_max=1) as (http, left):
        async with http.stream("GET", PATH) as report:
            await anext(report.aiter_bytes())
            busy = await http.get(PATH)
            assert (busy.status_code, busy.json()["code"]) == (503, "busy")
        await asyncio.wait_for(left.wait(), 10)

        async def taken() -> bool:
            async with http.stream("GET", PATH) as again:
                return again.status_code == 200

        await until(taken, what="the place is free again")
