"""What `clean` removes: the stack's own data, by name, and nothing else."""

from pathlib import Path

import pytest

from deploy.local.background import DATA, last_lines, remove_data
from deploy.local.console import log_file
from deploy.local.postgres import socket_dir
from deploy.local.settings import LocalSettings


def settings_in(folder: Path) -> LocalSettings:
    return LocalSettings(data_dir=folder, cache_dir=folder / "cache")


def test_clean_removes_only_names_of_its_own(tmp_path: Path) -> None:
    for name in (*DATA, "cache", "photos", "postgresql"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "file").touch()
    for name in ("kafka.txt", ".bashrc"):
        (tmp_path / name).touch()
    remove_data(settings_in(tmp_path))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"cache", "photos", "postgresql", "kafka.txt", ".bashrc"}
    assert (tmp_path / "cache" / "deep" / "file").exists()


def test_a_file_under_a_name_of_its_own_goes_too(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("CANDOI_API_KEY=...")
    remove_data(settings_in(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_clean_removes_the_socket_folder_of_a_long_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settings = settings_in(tmp_path / ("long" * 30))
    outside = socket_dir(settings.data_dir)
    assert outside.parent == tmp_path
    outside.mkdir()
    remove_data(settings)
    assert not outside.exists()


def test_there_may_be_nothing_to_remove(tmp_path: Path) -> None:
    remove_data(settings_in(tmp_path / "never"))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_shows_the_end_of_the_log_whatever_its_bytes(tmp_path: Path) -> None:
    log = log_file(tmp_path)
    log.parent.mkdir()
    log.write_bytes(b"".join(b"kafka | line %d \xff\n" % number for number in range(100)))
    lines = last_lines(settings_in(tmp_path)).splitlines()
    assert len(lines) == 40
    assert lines[-1].startswith("kafka | line 99 ")
