"""`python -m deploy.local` as a person calls it: everything up, found, brought back, down, away.

Each test holds alone; in this order they need two starts of the stack.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local import state
from deploy.local.jars import check, read_list
from deploy.local.locks import supervisor_pid
from deploy.local.ports import free_ports, is_free
from deploy.local.settings import ENV_PREFIX, ROOT, LocalSettings
from deploy.local.state import ProgramState, StackState
from tests.integration.ingest_calls import UNIT
from tests.stack import clean_env
from tests.waiting import until_sync

PROGRAMS = ("postgres", "kafka", "topics", "classify", "ratio", "ingest", "gateway")


@dataclass(frozen=True, slots=True)
class Machine:
    """A data folder and ports that nobody else uses, and the command line over them."""

    settings: LocalSettings
    env: Mapping[str, str]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m deploy.local <arguments>`, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.local", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=150,
        )

    def up(self) -> subprocess.CompletedProcess[str]:
        """In the background, all ready."""
        ran = self.call("up", "--detach")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran

    def state(self) -> StackState:
        """What runs."""
        now = state.read(self.settings.data_dir)
        assert now is not None
        return now

    def program(self, name: str) -> ProgramState:
        """What one of them does."""
        return next(program for program in self.state().programs if program.name == name)

    def processes(self) -> list[str]:
        """Every process that has been started here, by anyone, and still lives."""
        return [path.name for path in Path("/proc").glob("[0-9]*") if self._started(path)]

    def _started(self, process: Path) -> bool:
        folder = self.settings.data_dir
        try:
            environ = (process / "environ").read_bytes()
            # PostgreSQL writes the names of its processes over their environment.
            return os.fsencode(folder) in environ or (process / "cwd").readlink().is_relative_to(
                folder
            )
        except OSError:  # it has just ended, or is somebody else's
            return False


@pytest.fixture(scope="module")
def machine(jars: tuple[Path, ...]) -> Generator[Machine]:
    names = LocalSettings().ports()
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        settings = LocalSettings.model_validate(ports | {"data_dir": folder})
        fields = {name: getattr(settings, name) for name in (*names, "data_dir", "cache_dir")}
        env = {ENV_PREFIX + name.upper(): str(value) for name, value in fields.items()}
        here = Machine(settings, clean_env() | env)
        try:
            yield here
        finally:
            here.call("down")


@pytest.fixture
def running(machine: Machine) -> Machine:
    """The stack is up."""
    if supervisor_pid(machine.settings.data_dir) is None:
        machine.up()
    return machine


def test_a_taken_port_is_told_before_anything_has_started(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", machine.settings.ratio_port)):
        ran = machine.call("up", "--detach")
    assert ran.returncode == 1
    assert f"port {machine.settings.ratio_port}, wanted by ratio, is taken" in ran.stderr
    assert "CANDOI_LOCAL_RATIO_PORT=" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(machine.settings.data_dir.iterdir()) == []
    assert machine.processes() == []


def test_without_a_stack_that_is_said(machine: Machine) -> None:
    status, down, logs = machine.call("status"), machine.call("down"), machine.call("logs")
    assert (status.returncode, status.stdout) == (1, "not running\n")
    assert (down.returncode, down.stdout) == (0, "not running\n")
    assert (logs.returncode, logs.stderr) == (1, "error: no log yet: nothing has been started\n")


def test_up_returns_when_all_is_ready(machine: Machine) -> None:
    told = machine.up().stdout.splitlines()
    assert told[-1] == f"ready: {machine.settings.service_url('gateway')}"
    assert [line.split()[0] for line in told[:-1]] == [*PROGRAMS]
    for service in ("gateway", "ingest", "classify", "ratio"):
        ready = httpx.get(f"{machine.settings.service_url(service)}/readyz", trust_env=False)
        assert ready.status_code == 200
    status = machine.call("status")
    assert status.returncode == 0
    assert all(name in status.stdout for name in PROGRAMS)
    assert "ratio    | " in machine.call("logs").stdout


def test_a_second_up_changes_nothing(running: Machine) -> None:
    before = running.state()
    assert running.up().stdout == f"already running (process {before.pid})\n"
    assert running.state() == before


@pytest.mark.parametrize("name", ["postgres", "ingest"])
def test_what_dies_comes_back(running: Machine, name: str) -> None:
    dead = running.program(name)
    assert dead.pid is not None
    os.kill(dead.pid, signal.SIGKILL)

    def is_back() -> bool:
        now, all_ready = running.program(name), running.state().ready
        return all_ready and now.deaths > dead.deaths and now.pid not in (None, dead.pid)

    until_sync(is_back, seconds=60, what=f"{name} is back")
    url = f"{running.settings.service_url('ingest')}/v1/units"
    until_sync(lambda: httpx.get(url, trust_env=False).is_success, what="units are answered")


def test_down_leaves_no_process_and_what_was_written_stays(running: Machine) -> None:
    unit = f"{running.settings.service_url('ingest')}/v1/units/so-yte"
    httpx.put(unit, json=UNIT, trust_env=False).raise_for_status()
    assert len(running.processes()) > len(PROGRAMS)
    down = running.call("down")
    assert down.returncode == 0, down.stderr
    stopped = [line.split()[-1] for line in down.stdout.splitlines() if "stopping " in line]
    assert stopped == [name for name in reversed(PROGRAMS) if name != "topics"]
    assert down.stdout.endswith("stopped\n")
    # The supervisor has let go of the folder, and itself has a moment to go.
    until_sync(lambda: running.processes() == [], seconds=3, what="all processes are gone")
    assert all(is_free(port) for port in running.settings.ports().values())
    assert running.call("status").returncode == 1
    running.up()
    assert httpx.get(unit, trust_env=False).json()["name"] == UNIT["name"]


def test_a_killed_supervisor_takes_everything_with_it(running: Machine) -> None:
    os.kill(running.state().pid, signal.SIGKILL)
    until_sync(lambda: running.processes() == [], what="all processes are gone")
    assert running.call("status").returncode == 1


def test_clean_removes_the_data_and_leaves_the_jars(machine: Machine) -> None:
    data_dir = machine.settings.data_dir
    for name in ("kafka", "photos"):
        (data_dir / name).mkdir(exist_ok=True)
    ran = machine.call("clean")
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "data removed")
    assert machine.processes() == []
    assert [path.name for path in data_dir.iterdir()] == ["photos"]
    (folder,) = machine.settings.cache_dir.glob("kafka-*")
    check(folder, read_list())
