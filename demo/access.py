"""The demo's access to the API: address and key, kept in `.candoi/env` for curl and the next run.

In: settings, and the file of an earlier run. Out: a key that holds, made by the gateway's own
command if need be.

The instant of the first run stands in the same file. Posts are dated back from it: dated from
each run's own today, every post of a second run would be a changed post. It needs no file of its
own, because it is worth as much as the key: both belong to the data that they were used on, and
when the data have gone, the key holds no longer and the days count anew.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demo.gateway import open_gateway
from deploy.local.errors import StackError
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.stack import service_env
from shared.local_time import LOCAL_ZONE, utc_now

CLIENT = "demo"
URL, API_KEY, STARTED_AT = "CANDOI_URL", "CANDOI_API_KEY", "CANDOI_DEMO_STARTED_AT"


class NoKey(StackError):
    """The gateway's command made no key."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API is, the key for it, and when the demo was run first."""

    url: str
    api_key: str
    started_at: datetime


def env_file(settings: LocalSettings) -> Path:
    """The file to be read by a shell: `. .candoi/env`."""
    return settings.data_dir / "env"


def open_access(settings: LocalSettings) -> Access:
    """The access of the run before if its key still holds, else a new one. Raises NoKey."""
    url, kept = settings.service_url("gateway"), read(env_file(settings))
    if kept is not None and _holds(url, kept.api_key):
        access = Access(url, kept.api_key, kept.started_at)
    else:
        now = utc_now().astimezone(LOCAL_ZONE).replace(microsecond=0)
        access = Access(url, _new_key(settings), now)
    write(env_file(settings), access)
    return access


def read(file: Path) -> Access | None:
    """What an earlier run has written, or None if it is not whole."""
    try:
        lines = file.read_text().splitlines()
        known = dict(line.split("=", 1) for line in lines)
        return Access(known[URL], known[API_KEY], datetime.fromisoformat(known[STARTED_AT]))
    except (FileNotFoundError, KeyError, ValueError):
        return None


def write(file: Path, access: Access) -> None:
    """Replace the file as a whole; at no moment can others read it."""
    content = (
        f"{URL}={access.url}\n"
        f"{API_KEY}={access.api_key}\n"
        f"{STARTED_AT}={access.started_at.isoformat()}\n"
    )
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(content)
    draft.replace(file)


def _holds(url: str, api_key: str) -> bool:
    with open_gateway(url, api_key) as gateway:
        return gateway.call("GET", "/v1/me", expected=(401,)).status_code == 200


def _new_key(settings: LocalSettings) -> str:
    command = (sys.executable, "-m", "services.gateway", "keys", "create")
    ran = subprocess.run(
        (*command, "--name", CLIENT, "--all-scopes"),
        env=service_env(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        raise NoKey(f"no API key could be made:\n{ran.stderr.strip()}")
    return ran.stdout.strip()
