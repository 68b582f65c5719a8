"""The baselines of `make bench`: a rate, or a word on why there is none. A script stands in."""

from pathlib import Path
from subprocess import CalledProcessError

import pytest

from benchmarks import baselines
from benchmarks.baselines import quix_rate

ASKED = ("127.0.0.1:9092", "candoi.verdicts.v1", 10)


@pytest.fixture
def told() -> list[str]:
    return []


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """A program in the place of the Python that has Quix."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(baselines, "BENCH_PYTHON", program)


def test_the_rate_is_records_by_seconds_of_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: list[str]
) -> None:
    script = """echo '{"records": 10, "seconds": 2.0}'; echo noise >&2; echo "$@" > """
    stand_in(monkeypatch, tmp_path, script + str(tmp_path / "asked"))
    assert quix_rate(*ASKED, told.append) == 5.0
    assert (tmp_path / "asked").read_text().split() == ["-m", "benchmarks.quix", *map(str, ASKED)]
    assert told == []


def test_without_its_environment_there_is_no_rate_but_a_word_on_how_to_make_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: list[str]
) -> None:
    monkeypatch.setattr(baselines, "ROOT", tmp_path)
    monkeypatch.setattr(baselines, "BENCH_PYTHON", tmp_path / ".venv-bench" / "bin" / "python")
    assert quix_rate(*ASKED, told.append) is None
    (line,) = told
    assert "make bench" in line


def test_a_baseline_that_fails_says_why_and_gives_no_rate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: list[str]
) -> None:
    stand_in(monkeypatch, tmp_path, "echo no broker there >&2; exit 1")
    with pytest.raises(CalledProcessError):
        quix_rate(*ASKED, told.append)
    assert told == ["no broker there\n"]
