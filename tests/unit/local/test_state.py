"""What runs, told to other terminals."""

from pathlib import Path

import pytest

from deploy.local import state
from deploy.local.state import ProgramState, StackState
from deploy.local.supervisor import Program
from tests.unit.local.conftest import Supervise
from tests.unit.local.programs import Heard, python

STATE = StackState(
    pid=830,
    ready=True,
    programs=(ProgramState("kafka", "ready", 831, 2), ProgramState("topics", "done", None, 0)),
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def test_what_is_written_is_read(data_dir: Path) -> None:
    state.write(data_dir, STATE)
    assert state.read(data_dir) == STATE
    newer = StackState(1, False, ())
    state.write(data_dir, newer)
    assert state.read(data_dir) == newer
    assert [path.name for path in (data_dir / "run").iterdir()] == ["state.json"]


def test_nothing_is_read_before_the_first_start_and_after_the_stop(data_dir: Path) -> None:
    assert state.read(data_dir / "never") is None
    state.write(data_dir, STATE)
    state.remove(data_dir)
    state.remove(data_dir)
    assert state.read(data_dir) is None


@pytest.mark.anyio
async def test_ready_means_that_every_program_is(supervise: Supervise, heard: Heard) -> None:
    both = supervise(Program("step", python("")), heard.program("one"))
    assert not state.of(both, 1).ready
    await both.start()
    child = both.children["one"]
    assert child.process is not None
    assert state.of(both, 830) == StackState(
        830,
        True,
        (ProgramState("step", "done", None, 0), ProgramState("one", "ready", child.process.pid, 0)),
    )
    await both.stop()
    assert not state.of(both, 1).ready
