"""What runs, told to other terminals: a small file that the supervisor keeps current.

In: a supervisor. Out: `state.json` in the data folder, and its content for `status`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.supervisor import State, Supervisor


@dataclass(frozen=True, slots=True)
class ProgramState:
    """One line of `status`."""

    name: str
    state: str
    pid: int | None
    deaths: int


@dataclass(frozen=True, slots=True)
class StackState:
    """The supervisor and its programs. `ready`: all of them are."""

    pid: int
    ready: bool
    programs: tuple[ProgramState, ...]


def of(supervisor: Supervisor, pid: int) -> StackState:
    """The state now; `pid` is the supervisor's own."""
    children = supervisor.children.values()
    return StackState(
        pid=pid,
        ready=supervisor.started
        and all(child.state in (State.READY, State.DONE) for child in children),
        programs=tuple(
            ProgramState(
                name=child.program.name,
                state=child.state.value,
                pid=child.process.pid if child.process else None,
                deaths=child.deaths,
            )
            for child in children
        ),
    )


def write(data_dir: Path, state: StackState) -> None:
    """Replace the file as a whole: a reader never sees half of it."""
    target = _file(data_dir)
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state)))
    draft.replace(target)


def read(data_dir: Path) -> StackState | None:
    """The state as last written, or None."""
    try:
        content = json.loads(_file(data_dir).read_text())
    except FileNotFoundError:
        return None
    programs = tuple(ProgramState(**program) for program in content["programs"])
    return StackState(content["pid"], content["ready"], programs)


def remove(data_dir: Path) -> None:
    """Nothing runs any more."""
    _file(data_dir).unlink(missing_ok=True)


def _file(data_dir: Path) -> Path:
    return data_dir / "run" / "state.json"
