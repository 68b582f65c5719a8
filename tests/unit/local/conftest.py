"""A supervisor over tiny processes, which are gone when the test ends."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

import pytest

from deploy.local import supervisor
from deploy.local.supervisor import Program, Supervisor
from tests.unit.local.programs import Heard

Supervise = Callable[..., Supervisor]


@pytest.fixture
def heard() -> Heard:
    """What is said."""
    return Heard()


@pytest.fixture
async def supervise(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Supervise]:
    """Makes supervisors that hurry."""
    monkeypatch.setattr(supervisor, "BACKOFF_SECONDS_FIRST", 0.001)
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    async with AsyncExitStack() as made:

        def make(*programs: Program, respawn: bool = True) -> Supervisor:
            one = Supervisor(programs, heard.say, respawn=respawn)
            made.push_async_callback(one.stop)
            return one

        yield make
