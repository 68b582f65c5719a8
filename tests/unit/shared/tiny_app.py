"""A tiny real app on the skeleton of every service.

In: nothing. Out: routes that answer and fail in every way, and what a test asks of an answer.
"""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from shared.problems import Unavailable
from shared.tracing import traceparent

PUBLIC = "https://candoi.example.vn"
router = APIRouter(prefix="/v1")


class Gone(Exception):
    """Says that something the service needs is away."""


class Draft(BaseModel):
    """A body."""

    title: str


@router.post("/posts")
async def send_post(draft: Draft) -> Draft:
    """Give it back."""
    return draft


@router.get("/units/{unit_id}")
async def read_unit(unit_id: str, at: int = 0) -> dict[str, Any]:
    """Whose trace is it?"""
    return {"unit_id": unit_id, "trace": traceparent()}


@router.post("/lines")
async def count_lines(request: Request) -> int:
    """Read the body as it comes."""
    body = b"".join([chunk async for chunk in request.stream()])
    return sum(bool(line.strip()) for line in body.split(b"\n"))


@router.get("/fails/{how}")
async def fail(how: str) -> None:
    """Fail in one way or another."""
    faults = {
        "refused": Unavailable("Hãy thử lại.", 7),
        "gone": Gone("host=db password=x"),
        "bug": ZeroDivisionError("password=x"),
    }
    raise faults[how]


@router.get("/half")
async def half() -> StreamingResponse:
    """Fail when the answer has begun."""

    async def lines() -> AsyncGenerator[bytes]:
        yield b"one\n"
        raise ZeroDivisionError

    return StreamingResponse(lines())


class Health:
    """What the checks say; a test changes it."""

    database: str | None = None
    process: str | None = None

    async def check_database(self) -> str | None:
        """A readiness check."""
        return self.database

    async def check_process(self) -> str | None:
        """A liveness check."""
        return self.process


def problem(answer: httpx.Response, http_status: int, code: str) -> dict[str, Any]:
    """The problem document, which must say the same as the answer around it."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (answer.status_code, document["status"]) == (http_status, http_status)
    assert (document["code"], document["type"]) == (code, f"{PUBLIC}/problems/{code}")
    assert document["request_id"] == answer.headers["x-request-id"]
    return document
