"""How a child process is started: in a group of its own, and never to outlive this process.

In: a command line, its environment and where it runs. Out: a running process, or what a
command printed.
"""

import asyncio
import ctypes
import os
import pwd
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import SubprocessError

from deploy.local.errors import StackError

LINE_BYTES_MAX = 1_048_576

# Linux: <linux/prctl.h>, <linux/capability.h>, <linux/securebits.h>
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522

LIBC = ctypes.CDLL(None)


class CommandFailed(StackError):
    """A preparing command (initdb, format) did not succeed; its last lines are in the message."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and its surroundings. `unprivileged`: as `nobody` if this process is root."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = Path("/")
    unprivileged: bool = False


def unprivileged_user() -> pwd.struct_passwd | None:
    """The account that stands in for root, or None if this process is not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as: "
            "start the stack as an ordinary user"
        ) from None


def own_folder(folder: Path) -> Path:
    """Make `folder` (mode 0700) if need be and hand it to the user that PostgreSQL runs as."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user := unprivileged_user():
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


async def spawn(command: Command, stdin: int = DEVNULL) -> Process:
    """Start a process whose output (both streams) can be read from `stdout`, line by line."""
    parent = os.getpid()
    user = unprivileged_user() if command.unprivileged else None

    def in_child() -> None:
        if user is not None:
            _give_up_root(user)
        _die_with(parent)

    try:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=stdin,
            stdout=PIPE,
            stderr=STDOUT,
            env=command.env,
            cwd=command.cwd,
            limit=LINE_BYTES_MAX,
            # Ctrl-C in a terminal reaches the whole foreground group: the children are not in it,
            # so that the supervisor alone decides the order in which they stop.
            start_new_session=True,
            preexec_fn=in_child,
        )
    except (OSError, SubprocessError) as error:
        raise CommandFailed(f"cannot start {command.argv[0]}: {error}") from error


async def run(command: Command, typed: str = "") -> str:
    """Run a command to its end, give it `typed` to read, return what it printed.

    Raises CommandFailed.
    """
    process = await spawn(command, stdin=PIPE)
    try:
        output, _ = await process.communicate(typed.encode())
    finally:
        kill_group(process)
    text = output.decode(errors="replace")
    if process.returncode:
        last_lines = "\n".join(text.splitlines()[-20:])
        raise CommandFailed(f"{Path(command.argv[0]).name} failed:\n{last_lines}")
    return text


def kill_group(process: Process, sent: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a child and all that it started in its group; nothing if it is gone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)


def _die_with(parent: int) -> None:
    """Linux: the kernel kills this process when its parent dies, whatever the parent died of."""
    if sys.platform != "linux":
        return
    # After the change of user, which clears it.
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(1)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _give_up_root(user: pwd.struct_passwd) -> None:
    """Become `user`, keeping one thing: the way through folders that only root may enter.

    A clone below /root or in a private temporary folder could not be read otherwise, and to
    loosen the mode of other people's folders is not ours to do.
    """
    linux = sys.platform == "linux"
    if linux:
        # Keeps capabilities over the change of user, and lets access(2) count them too.
        LIBC.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if linux:
        # Refused in a container without that capability: then the folders' own modes decide.
        only = 1 << CAP_DAC_OVERRIDE
        sets = (_CapabilitySets * 2)(_CapabilitySets(only, only, only), _CapabilitySets())
        LIBC.capset(ctypes.byref(_CapabilityHeader(CAPABILITY_VERSION_3, 0)), sets)
        LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
