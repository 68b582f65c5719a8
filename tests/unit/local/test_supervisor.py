"""Programs start in order and stop in reverse order, calmly or by force."""

import os
import signal
from time import monotonic

import anyio
import pytest

from deploy.local.spawn import Command, CommandFailed
from deploy.local.supervisor import LAST_LINES, Program, ProgramFailed, State
from tests.unit.local.conftest import Supervise
from tests.unit.local.programs import STUBBORN, Heard, never, python
from tests.waiting import until

pytestmark = pytest.mark.anyio


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_each_starts_when_the_one_before_is_ready(supervise: Supervise, heard: Heard) -> None:
    asked = 0

    async def ready_when_asked_often() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    slow = heard.program("slow", ready=ready_when_asked_often)
    both = supervise(slow, heard.program("next"))
    await both.start()
    assert heard.when("stack", "slow ready") < heard.when("next", "up")
    assert heard.when("next", "up") < heard.when("stack", "next ready")
    assert both.started


async def test_all_stop_in_reverse_order_each_calmly(supervise: Supervise, heard: Heard) -> None:
    three = supervise(*(heard.program(name) for name in ("one", "two", "three")))
    await three.start()
    pids = [child.process.pid for child in three.children.values() if child.process]
    await three.stop()
    calm = [(name, line) for name, line in heard.lines if line == "calm"]
    assert calm == [("three", "calm"), ("two", "calm"), ("one", "calm")]
    assert heard.when("three", "calm") < heard.when("stack", "stopping two")
    assert {child.state for child in three.children.values()} == {State.DOWN}
    assert len(pids) == 3
    assert not any(is_alive(pid) for pid in pids)


async def test_a_step_is_done_before_the_next_starts(supervise: Supervise, heard: Heard) -> None:
    both = supervise(Program("step", python("print('made')")), heard.program("next"))
    await both.start()
    assert both.children["step"].state is State.DONE
    assert heard.when("stack", "step done") < heard.when("next", "up")


async def test_a_preparation_comes_before_each_life(supervise: Supervise, heard: Heard) -> None:
    async def prepare() -> None:
        heard.say("one", "prepared")

    one = supervise(heard.program("one", prepare=prepare))
    await one.start()
    await one.restart("one")
    assert heard.by("one") == ["prepared", "up", "calm", "prepared", "up"]


async def test_who_ignores_the_signal_is_killed_when_its_time_is_over(
    supervise: Supervise, heard: Heard
) -> None:
    one = supervise(heard.program("one", STUBBORN, stop_seconds=0.2))
    await one.start()
    process = one.children["one"].process
    assert process is not None
    started = monotonic()
    await one.stop()
    assert 0.2 <= monotonic() - started < 5
    assert process.returncode == -signal.SIGKILL
    assert "one did not stop within 0.2 s: killed" in heard.by_stack()


async def test_no_patience_kills_at_once(supervise: Supervise, heard: Heard) -> None:
    one = supervise(heard.program("one", STUBBORN, stop_seconds=20))
    await one.start()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(one.stop)
            await until(lambda: "stopping one" in heard.by_stack(), what="it is being stopped")
            one.kill_all()
    assert one.children["one"].state is State.DOWN


async def test_a_frozen_process_stops_calmly(supervise: Supervise, heard: Heard) -> None:
    one = supervise(heard.program("one"))
    await one.start()
    await one.kill("one", signal.SIGSTOP)
    await one.stop()
    assert heard.by("one") == ["up", "calm"]


async def test_the_signal_of_the_program_is_sent(supervise: Supervise, heard: Heard) -> None:
    code = "import signal\ntry: print('up', flush=True); signal.pause()\n"
    code += "except KeyboardInterrupt: print('interrupted')"
    one = supervise(heard.program("one", code, stop_signal=signal.SIGINT))
    await one.start()
    await one.stop()
    assert heard.by("one") == ["up", "interrupted"]


async def test_a_program_that_never_gets_ready_is_killed(
    supervise: Supervise, heard: Heard
) -> None:
    one = supervise(heard.program("one", ready=never, ready_seconds=0.3), respawn=False)
    with anyio.fail_after(10), pytest.raises(ProgramFailed, match="one was ended by SIGKILL"):
        await one.start()
    assert "one not ready after 0.3 s: killed" in heard.by_stack()
    assert one.children["one"].process is None


async def test_a_broken_check_is_told_as_such(supervise: Supervise, heard: Heard) -> None:
    async def broken() -> bool:
        raise ZeroDivisionError("what a check")

    one = supervise(heard.program("one", ready=broken), respawn=False)
    with pytest.raises(ProgramFailed):
        await one.start()
    assert "one cannot be checked: ZeroDivisionError('what a check'): killed" in heard.by_stack()


async def test_a_failure_shows_the_last_lines(supervise: Supervise, heard: Heard) -> None:
    code = "import sys\nfor n in range(100): print('line', n, flush=True)\nsys.exit('no disk')"
    one = supervise(heard.program("one", code, ready=never), respawn=False)
    with pytest.raises(ProgramFailed) as failed:
        await one.start()
    first, *last = str(failed.value).splitlines()
    assert first == "one exited with code 1. Its last lines:"
    assert len(last) == LAST_LINES
    assert last[-2:] == ["line 99", "no disk"]


async def test_a_program_that_is_not_there_is_told(supervise: Supervise) -> None:
    one = supervise(Program("one", Command(("/no/such/program",))))
    with pytest.raises(CommandFailed, match="cannot start /no/such/program"):
        await one.start()


async def test_what_failed_is_known_to_all_who_ask(supervise: Supervise, heard: Heard) -> None:
    one = supervise(heard.program("one"), respawn=False)
    await one.start()
    assert one.failure() is None
    process = one.children["one"].process
    assert process is not None
    process.kill()
    failure = await one.failed()
    assert "one was ended by SIGKILL" in str(failure)
    assert one.failure() is failure


async def test_an_endless_line_does_not_stop_the_stream(supervise: Supervise, heard: Heard) -> None:
    code = "print('x' * 3_000_000); print('up', flush=True)\nimport signal; signal.pause()"
    one = supervise(heard.program("one", code))
    await one.start()
    assert "(a line too long to show)" in heard.by("one")
    assert heard.by("one")[-1] == "up"
