"""Locks between processes, dropped by the kernel when their holder dies.

In: a lock file. Out: the only process in a place, or the process id of the one that is there.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import StackError

# Somebody who only looks holds the lock for microseconds; a supervisor holds it for its life.
LOOKS = 20
LOOK_SECONDS = 0.02


class AlreadyRunning(StackError):
    """Another supervisor holds this data folder."""


@contextmanager
def held_by_one(lock: Path) -> Generator[None]:
    """Wait until no other process is in here with the same lock file."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_supervisor(data_dir: Path) -> Generator[None]:
    """Be the one supervisor of this data folder. Raises AlreadyRunning.

    What counts is the lock, not the process id in the file: a stale one misleads nobody.
    """
    lock = _lock_file(data_dir)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        for look in range(LOOKS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if look == LOOKS - 1:
                    pid = lock.read_text().strip()
                    raise AlreadyRunning(f"already running (process {pid})") from None
                time.sleep(LOOK_SECONDS)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def supervisor_pid(data_dir: Path) -> int | None:
    """The process id of the supervisor that runs on this data folder, or None."""
    try:
        file = _lock_file(data_dir).open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip()
            return int(pid) if pid else None
    return None


def _lock_file(data_dir: Path) -> Path:
    return data_dir / "run" / "supervisor.lock"
