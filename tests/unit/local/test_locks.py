"""One supervisor a data folder, and no word of one that has died."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.locks import AlreadyRunning, held_by_one, only_supervisor, supervisor_pid
from deploy.local.settings import ROOT

HOLDER = """
import signal, sys
from pathlib import Path
from deploy.local.locks import only_supervisor
with only_supervisor(Path(sys.argv[1])):
    print("holds", flush=True)
    signal.pause()
"""


def lock_file(data_dir: Path) -> Path:
    return data_dir / "run" / "supervisor.lock"


def test_there_is_only_one_supervisor_and_it_is_found(tmp_path: Path) -> None:
    with only_supervisor(tmp_path):
        assert supervisor_pid(tmp_path) == os.getpid()
        with (
            pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
            only_supervisor(tmp_path),
        ):
            pass
        with only_supervisor(tmp_path / "other"):
            pass
    with only_supervisor(tmp_path):
        pass


def test_nobody_is_found_where_nobody_has_been(tmp_path: Path) -> None:
    assert supervisor_pid(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_stale_process_id_misleads_nobody(tmp_path: Path) -> None:
    with only_supervisor(tmp_path):
        pass
    lock_file(tmp_path).write_text("1\n")
    assert supervisor_pid(tmp_path) is None
    with only_supervisor(tmp_path):
        assert supervisor_pid(tmp_path) == os.getpid()


def test_a_killed_supervisor_makes_room(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holds\n"
        assert supervisor_pid(tmp_path) == holder.pid
        holder.kill()
    assert lock_file(tmp_path).read_text() == f"{holder.pid}\n"
    assert supervisor_pid(tmp_path) is None
    with only_supervisor(tmp_path):
        pass


def test_a_child_does_not_keep_the_lock_of_its_parent(tmp_path: Path) -> None:
    with only_supervisor(tmp_path):
        child = subprocess.Popen(["sleep", "60"])
    try:
        assert supervisor_pid(tmp_path) is None
    finally:
        child.kill()
        child.wait()


def test_who_comes_second_waits(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"""
from pathlib import Path
from deploy.local.locks import held_by_one
print("comes", flush=True)
with held_by_one(Path({str(lock)!r})):
    print("is in", flush=True)
"""
    with held_by_one(lock):
        second = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
        assert second.stdout is not None
        assert second.stdout.readline() == b"comes\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=0.3)
    assert second.communicate(timeout=10)[0] == b"is in\n"
