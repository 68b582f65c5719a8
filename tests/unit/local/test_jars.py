"""The jars of the broker: exactly those of the list, or none."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.jars import JarRefused, JarUnavailable, check, ensure, read_list

ONE, TWO = "org/example/one/1.0/one-1.0.jar", "org/example/sub/two/2.0/two-2.0.jar"
LISTED = {jar: sha256(jar.encode()).hexdigest() for jar in (ONE, TWO)}


class Repository:
    """Stands where Maven's repository does: a jar's content is its path."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fault: BaseException | None = None
        self.content: bytes | None = None

    def resolve(self, coordinate: str, scratch: Path, target: Path) -> None:
        self.asked.append(coordinate)
        target.parent.mkdir(parents=True)
        target.write_bytes(self.content or target.relative_to(scratch).as_posix().encode())
        if self.fault and target.name.startswith("two"):
            raise self.fault


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository()
    monkeypatch.setattr(jars, "_resolve", repository.resolve)
    return repository


def fetched(cache: Path) -> tuple[Path, ...]:
    return ensure(cache, lambda there, of: None, LISTED)


def folder_of(path: Path) -> Path:
    return path.parents[4]


def files(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*") if path.is_file() and path.name != ".lock"}


def test_jars_are_fetched_once_by_their_coordinates(tmp_path: Path, repository: Repository) -> None:
    first = fetched(tmp_path)
    assert [path.name for path in first] == ["one-1.0.jar", "two-2.0.jar"]
    assert sorted(repository.asked) == ["org.example.sub:two:2.0", "org.example:one:1.0"]
    assert fetched(tmp_path) == first
    assert len(repository.asked) == 2
    first[1].unlink()
    assert fetched(tmp_path) == first
    assert repository.asked[2:] == ["org.example.sub:two:2.0"]


def test_progress_counts_what_is_there(tmp_path: Path, repository: Repository) -> None:
    told: list[tuple[int, int]] = []
    ensure(tmp_path, lambda there, of: told.append((there, of)), LISTED)
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_a_changed_jar_is_refused_by_name(tmp_path: Path, repository: Repository) -> None:
    fetched(tmp_path)[1].write_bytes(b"changed")
    with pytest.raises(JarRefused, match=rf"{TWO}: SHA-256 is .* the list says {LISTED[TWO]}"):
        fetched(tmp_path)


def test_an_unlisted_jar_is_refused_by_name(tmp_path: Path, repository: Repository) -> None:
    (folder_of(fetched(tmp_path)[0]) / "log4j.jar").write_bytes(b"")
    with pytest.raises(JarRefused, match=r"log4j\.jar: not on the list"):
        fetched(tmp_path)


def test_a_missing_jar_is_refused_by_name(tmp_path: Path, repository: Repository) -> None:
    one, _ = fetched(tmp_path)
    one.unlink()
    with pytest.raises(JarRefused, match=f"{ONE}: missing"):
        check(folder_of(one), LISTED)


def test_a_wrong_download_is_refused_and_not_kept(tmp_path: Path, repository: Repository) -> None:
    repository.content = b"something else"
    with pytest.raises(JarRefused, match="SHA-256"):
        fetched(tmp_path)
    assert files(tmp_path) == set()


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError("reset"), RuntimeError("404")])
def test_an_interrupted_download_leaves_nothing(
    tmp_path: Path, repository: Repository, fault: BaseException
) -> None:
    repository.fault = fault
    with pytest.raises((KeyboardInterrupt, JarUnavailable)):
        fetched(tmp_path)
    assert files(tmp_path) <= {"one-1.0.jar"}
    repository.fault = None
    assert len(fetched(tmp_path)) == 2


def test_what_a_killed_download_has_left_is_no_hindrance(
    tmp_path: Path, repository: Repository
) -> None:
    left = folder_of(fetched(tmp_path)[0]) / ".part-killed" / TWO
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a j")
    assert len(fetched(tmp_path)) == 2
    assert files(tmp_path) == {"one-1.0.jar", "two-2.0.jar"}


def test_a_download_that_fails_names_the_jar(tmp_path: Path, repository: Repository) -> None:
    repository.fault = OSError("no route to host")
    with pytest.raises(JarUnavailable, match=r"cannot download two-2\.0\.jar: no route to host"):
        fetched(tmp_path)


def test_another_list_has_another_folder(tmp_path: Path, repository: Repository) -> None:
    both = fetched(tmp_path)
    (one,) = ensure(tmp_path, lambda there, of: None, {ONE: LISTED[ONE]})
    assert folder_of(one) != folder_of(both[0])


def test_the_committed_list_holds_the_broker_and_a_digest_for_each_jar() -> None:
    listed = read_list()
    assert len(listed) > 40
    for jar, digest in listed.items():
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+\.jar", jar)
    for coordinate in ("org.apache.kafka:kafka_2.13:4.4.0", *jars.ENDPOINT):
        group, artifact, version = coordinate.split(":")
        folder = f"{group.replace('.', '/')}/{artifact}/{version}"
        assert f"{folder}/{artifact}-{version}.jar" in listed
