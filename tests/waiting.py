"""The only wait in the tests.

In: a condition, sync or async. Out: its first true answer; after the time limit a failure that
says what was waited for. A test that sleeps instead is either slow or wrong.
"""

import inspect
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio
import httpx

Answer = TypeVar("Answer")

POLL_SECONDS = 0.05
# While something is being restarted, these mean "not yet" like a false answer does.
NOT_YET = (AssertionError, OSError, httpx.TransportError)


async def until(
    condition: Callable[[], Answer | Awaitable[Answer]], *, seconds: float = 10.0, what: str
) -> Answer:
    """The first true answer of `condition`, asked again and again.

    Raises AssertionError naming `what`, with the last answer or error, after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        last: object
        error: Exception | None = None
        try:
            answer = condition()
            settled = await answer if inspect.isawaitable(answer) else answer
            if settled:
                return settled
            last = settled
        except NOT_YET as not_yet:
            last, error = not_yet, not_yet
        if time.monotonic() > deadline:
            raise AssertionError(_complaint(what, seconds, last)) from error
        await anyio.sleep(POLL_SECONDS)


def until_sync(condition: Callable[[], Answer], *, seconds: float = 10.0, what: str) -> Answer:
    """The same for a test that is no coroutine."""
    return anyio.run(partial(until, condition, seconds=seconds, what=what))


def _complaint(what: str, seconds: float, last: object) -> str:
    return f"not within {seconds:g} s: {what} (last: {last!r})"
