"""The stack behind the scenes: started, found and stopped from another process.

In: settings. Out: a supervisor in a session of its own, or its calm end.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from deploy.local import state
from deploy.local.console import log_file
from deploy.local.errors import StackError
from deploy.local.locks import supervisor_pid
from deploy.local.postgres import socket_dir
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.supervisor import STACK

POLL_SECONDS = 0.1
# Every program's own time to stop, one after the other, and a little more.
DOWN_SECONDS = 180.0
LAST_LINES = 40
# What `clean` removes, by name: a data folder set by mistake to one's home loses nothing else.
DATA = ("postgres", "postgres.new", "kafka", "logs", "run", "env")

Tell = Callable[[str], None]


def start(settings: LocalSettings, tell: Tell) -> None:
    """Start a supervisor in the background and wait until everything is ready.

    Raises StackError with the last log lines if it ends before.
    """
    log = log_file(settings.data_dir)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        seen = output.tell()
        process = subprocess.Popen(
            (sys.executable, "-m", "deploy.local", "up"),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the log stream writes to the file by itself
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _is_ready(settings, process.pid):
            seen = _tell_new_lines(settings, seen, tell)
            if process.poll() is not None:
                raise StackError(f"the stack did not start:\n{last_lines(settings)}")
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        tell("stopping")
        process.terminate()
        process.wait()
        raise
    _tell_new_lines(settings, seen, tell)


def stop(settings: LocalSettings, tell: Tell) -> bool:
    """Stop the supervisor, wherever it was started, and wait. False if none was running."""
    pid = supervisor_pid(settings.data_dir)
    if pid is None:
        return False
    log = log_file(settings.data_dir)
    seen = log.stat().st_size if log.exists() else 0
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while supervisor_pid(settings.data_dir) == pid:
        seen = _tell_new_lines(settings, seen, tell)
        if time.monotonic() > deadline:
            raise StackError(f"process {pid} did not stop within {DOWN_SECONDS:g} s")
        time.sleep(POLL_SECONDS)
    _tell_new_lines(settings, seen, tell)
    return True


def remove_data(settings: LocalSettings) -> None:
    """Remove the data of a stopped stack; the downloaded jars stay."""
    outside = socket_dir(settings.data_dir)
    for path in (*(settings.data_dir / name for name in DATA), outside):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def last_lines(settings: LocalSettings) -> str:
    """The end of the log, for an error message."""
    lines = log_file(settings.data_dir).read_text(errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:])


def _is_ready(settings: LocalSettings, pid: int) -> bool:
    now = state.read(settings.data_dir)
    return now is not None and now.pid == pid and now.ready


def _tell_new_lines(settings: LocalSettings, seen: int, tell: Tell) -> int:
    """Pass on what the supervisor itself has said since byte `seen` of the log; the new end."""
    with log_file(settings.data_dir).open("rb") as log:
        log.seek(seen)
        new = log.read()
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.decode(errors="replace").splitlines():
        name, _, said = line.partition("|")
        if name.strip() == STACK:
            tell(said.strip())
    return seen + len(whole)
