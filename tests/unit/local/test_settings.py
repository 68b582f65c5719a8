"""Where the stack keeps its data, and how a bad setting is told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.__main__ import app
from deploy.local.settings import ROOT, LocalSettings


def test_a_relative_folder_is_in_the_repository_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANDOI_LOCAL_DATA_DIR", "somewhere/else")
    assert LocalSettings().data_dir == ROOT / "somewhere" / "else"
    monkeypatch.delenv("CANDOI_LOCAL_DATA_DIR")
    assert LocalSettings().data_dir == ROOT / ".candoi"
    assert (ROOT / "pyproject.toml").exists()


def test_an_absolute_folder_and_a_home_are_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = LocalSettings(data_dir=Path("~/candoi"), cache_dir=tmp_path)
    assert (settings.data_dir, settings.cache_dir) == (tmp_path / "candoi", tmp_path)


def test_bad_variables_are_named_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOI_LOCAL_GATEWAY_PORT", "99999")
    monkeypatch.setenv("CANDOI_LOCAL_KAFKA_PORT", "abc")
    ran = CliRunner().invoke(app, ["status"])
    assert ran.exit_code == 1
    kafka, gateway = sorted(ran.stderr.splitlines(), key=lambda line: "GATEWAY" in line)
    assert kafka.startswith("error: CANDOI_LOCAL_KAFKA_PORT: Input should be a valid integer")
    assert gateway == (
        "error: CANDOI_LOCAL_GATEWAY_PORT: Input should be less than or equal to 65535"
    )


def test_every_port_is_known_by_its_setting() -> None:
    settings = LocalSettings(ratio_port=1234)
    assert len(settings.ports()) == 6
    assert settings.service_url("ratio") == "http://127.0.0.1:1234"
