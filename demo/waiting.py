"""Waiting for something that another process does, never for ever.

In: a condition. Out: its first true answer, or an error when the time is over.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from deploy.local.errors import StackError

AnswerT = TypeVar("AnswerT")

POLL_SECONDS = 0.5


class NotInTime(StackError):
    """What was waited for has not come."""


def until(condition: Callable[[], AnswerT | None], *, seconds: float, what: str) -> AnswerT:
    """The first true answer of `condition`. Raises NotInTime, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise NotInTime(
                f"after {seconds:g} s still not: {what}. `make status` and `make logs` show why"
            )
        time.sleep(POLL_SECONDS)
    return answer
