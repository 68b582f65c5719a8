"""What dies comes back; what cannot live is given up."""

import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.supervisor import (
    BACKOFF_SECONDS_MAX,
    HOPELESS_DEATHS,
    HOPELESS_SECONDS,
    ProgramFailed,
    State,
    Supervisor,
    backoff_seconds,
    exit_text,
    recent_deaths,
)
from tests.unit.local.conftest import Supervise
from tests.unit.local.programs import Heard, never
from tests.waiting import until


async def die(here: Supervisor, name: str) -> None:
    """Killed as by an accident, and back again."""
    child = here.children[name]
    process = child.process
    assert process is not None
    process.kill()

    def is_back() -> bool:
        return child.process not in (None, process) and child.state is State.READY

    await until(is_back, what=f"{name} is back")


@pytest.mark.anyio
async def test_what_dies_is_started_again(supervise: Supervise, heard: Heard) -> None:
    both = supervise(heard.program("one"), heard.program("two"))
    await both.start()
    two = both.children["two"].process
    await die(both, "one")
    assert heard.by("one") == ["up", "up"]
    assert any(line.startswith("one was ended by SIGKILL; starting") for line in heard.by_stack())
    assert (both.children["one"].deaths, both.children["two"].deaths) == (1, 0)
    assert both.children["two"].process is two


@pytest.mark.anyio
async def test_deaths_of_a_program_that_was_ready_do_not_add_up(
    supervise: Supervise, heard: Heard
) -> None:
    one = supervise(heard.program("one"))
    await one.start()
    for _ in range(HOPELESS_DEATHS + 1):
        await die(one, "one")
    assert one.failure() is None


@pytest.mark.anyio
async def test_a_program_that_cannot_live_is_given_up(supervise: Supervise, heard: Heard) -> None:
    code = "import sys; print('no disk', flush=True); sys.exit(3)"
    one = supervise(heard.program("one", code, ready=never))
    with pytest.raises(ProgramFailed, match=r"exited with code 3\. Its last lines:\n.*no disk"):
        await one.start()
    assert heard.by("one") == ["no disk"] * HOPELESS_DEATHS
    assert one.children["one"].deaths == HOPELESS_DEATHS
    assert one.failure() is not None


@pytest.mark.anyio
async def test_a_step_that_fails_is_tried_again(
    supervise: Supervise, heard: Heard, tmp_path: Path
) -> None:
    mark = str(tmp_path / "mark")
    code = f"import os, sys\nif not os.path.exists({mark!r}): open({mark!r}, 'w'); sys.exit(1)"
    one = supervise(heard.program("step", code, ready=None))
    await one.start()
    assert (one.children["step"].state, one.children["step"].deaths) == (State.DONE, 1)


@pytest.mark.anyio
async def test_what_waits_to_be_started_again_can_be_stopped(
    supervise: Supervise, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = supervise(heard.program("one"))
    await one.start()
    monkeypatch.setattr("deploy.local.supervisor.BACKOFF_SECONDS_FIRST", 60.0)
    process = one.children["one"].process
    assert process is not None
    process.kill()
    await until(lambda: one.children["one"].process is None, what="it is dead")
    await one.stop()
    assert heard.by("one") == ["up"]
    assert one.children["one"].state is State.DOWN


@pytest.mark.anyio
async def test_a_test_that_kills_restarts_by_itself(supervise: Supervise, heard: Heard) -> None:
    one = supervise(heard.program("one"), respawn=False)
    await one.start()
    await one.kill("one")
    assert heard.by("one") == ["up"]
    await one.restart("one")
    assert heard.by("one") == ["up", "up"]
    assert one.failure() is None


def test_the_pause_doubles_up_to_its_limit() -> None:
    assert [backoff_seconds(deaths) for deaths in range(1, 7)] == [0.5, 1, 2, 4, 8, 10]
    assert backoff_seconds(1_000) == BACKOFF_SECONDS_MAX


@given(st.lists(st.integers(0, 200), max_size=20).map(sorted))
def test_only_deaths_of_the_last_minute_count(times: list[int]) -> None:
    deaths: tuple[float, ...] = ()
    for number, now in enumerate(times, start=1):
        deaths = recent_deaths(deaths, now)
        assert deaths == tuple(at for at in times[:number] if now - at < HOPELESS_SECONDS)


def test_an_end_is_told_in_words() -> None:
    assert exit_text(3) == "exited with code 3"
    assert exit_text(-signal.SIGKILL) == "was ended by SIGKILL"
    assert exit_text(-99) == "exited with code -99"
