"""The jars of the Kafka broker: exactly those of the committed list, or none.

In: `kafka-jars.sha256` (digest and path in Maven's layout, as `sha256sum -c` reads it) and a
cache folder. Out: the paths of the jars, each checked. Downloads go through jgo to Maven's
repository by coordinates. `python -m deploy.local.jars` writes the list anew (a new Kafka).
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath

import stamina

from deploy.local.errors import StackError
from deploy.local.locks import held_by_one

KAFKA_VERSION = "4.4.0"
# kafka-clients by name: left to the resolver, an older one can win. slf4j-simple: without a
# binding the broker's errors vanish.
ENDPOINT = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
LIST = Path(__file__).with_name("kafka-jars.sha256")
DOWNLOADS_AT_ONCE = 4
DOWNLOAD_SECONDS = 60
SCRATCH_PREFIX = ".part-"

Digests = Mapping[str, str]
"""Path of a jar inside the cache (Maven layout) -> SHA-256 in hex."""

Progress = Callable[[int, int], None]
"""Told how many of how many jars are there."""


class JarRefused(StackError):
    """A jar is not the one on the list, is not on the list, or is not there."""

    def __init__(self, jar: str, why: str, folder: Path) -> None:
        super().__init__(f"{jar}: {why}. Look at it, then delete {folder} to fetch all jars anew")


class JarUnavailable(StackError):
    """A jar could not be downloaded."""


def ensure(cache_dir: Path, progress: Progress, listed: Digests | None = None) -> tuple[Path, ...]:
    """Download what is missing, check everything, return the class path.

    Raises JarUnavailable, JarRefused. Safe when several processes call it at once.
    """
    listed = read_list() if listed is None else listed
    # A changed list means another folder: branches with different lists do not disturb each other.
    folder = cache_dir / f"kafka-{_digest(_as_text(listed).encode())[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with held_by_one(folder / ".lock"):
        # Of a download that was killed: nobody else is in here with the lock.
        for left in folder.glob(f"{SCRATCH_PREFIX}*"):
            shutil.rmtree(left)
        missing = [jar for jar in listed if not (folder / jar).exists()]
        if missing:
            _download(missing, folder, listed, progress)
        check(folder, listed)
    return tuple(folder / jar for jar in listed)


def check(folder: Path, listed: Digests) -> None:
    """Raises JarRefused, naming the jar, unless the folder's jars are exactly the listed ones."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.jar")}
    for jar in sorted(present - listed.keys()):
        raise JarRefused(jar, "not on the list of jars", folder)
    for jar, digest in listed.items():
        if jar not in present:
            raise JarRefused(jar, "missing", folder)
        _refuse_other(folder / jar, jar, digest, folder)


def read_list(file: Path = LIST) -> Digests:
    """The committed list."""
    lines = file.read_text().splitlines()
    return {jar: digest for digest, jar in (line.split("  ", 1) for line in lines)}


def _download(jars: Sequence[str], folder: Path, listed: Digests, progress: Progress) -> None:
    """Fetch into a scratch folder, check, move: an interrupted download leaves nothing behind."""
    there = len(listed) - len(jars)
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH_PREFIX) as scratch:
        pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
        try:
            progress(there, len(listed))
            for jar in pool.map(partial(_fetch, Path(scratch), listed), jars):
                (folder / jar).parent.mkdir(parents=True, exist_ok=True)
                (Path(scratch) / jar).replace(folder / jar)
                there += 1
                progress(there, len(listed))
        finally:
            pool.shutdown(cancel_futures=True)


def _fetch(scratch: Path, listed: Digests, jar: str) -> str:
    path = PurePosixPath(jar)
    group, artifact, version = ".".join(path.parts[:-3]), path.parts[-3], path.parts[-2]
    try:
        _resolve(f"{group}:{artifact}:{version}", scratch, scratch / jar)
    except (OSError, RuntimeError) as error:
        raise JarUnavailable(f"cannot download {path.name}: {error}") from error
    _refuse_other(scratch / jar, jar, listed[jar], scratch)
    return jar


@stamina.retry(on=(OSError, RuntimeError), attempts=3, timeout=None)
def _resolve(coordinate: str, scratch: Path, target: Path) -> None:
    from jgo.maven import MavenContext  # half a second, and only a first start needs it

    target.unlink(missing_ok=True)
    context = MavenContext(repo_cache=scratch, timeout=DOWNLOAD_SECONDS)
    context.create_dependency(coordinate).artifact.resolve()


def _refuse_other(path: Path, jar: str, digest: str, folder: Path) -> None:
    actual = _digest(path.read_bytes())
    if actual != digest:
        raise JarRefused(jar, f"SHA-256 is {actual}, the list says {digest}", folder)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _as_text(listed: Digests) -> str:
    return "".join(f"{digest}  {jar}\n" for jar, digest in listed.items())


def write_list(scratch: Path) -> str:
    """The list for ENDPOINT and all it needs at run time, in the order of the class path."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=scratch, timeout=DOWNLOAD_SECONDS)
    named, needed = context.resolver.resolve([context.create_dependency(part) for part in ENDPOINT])
    wanted = [*named, *(jar for jar in needed if jar.scope in ("compile", "runtime"))]
    paths = [dependency.artifact.resolve() for dependency in wanted]
    return _as_text(
        {path.relative_to(scratch).as_posix(): _digest(path.read_bytes()) for path in paths}
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch_folder:
        LIST.write_text(write_list(Path(scratch_folder)))
    print(f"{len(read_list())} jars listed in {LIST.name}", file=sys.stderr)
