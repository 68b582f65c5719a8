"""One stream of lines, each with the name of who said it."""

from pathlib import Path

import pytest

from deploy.local import console
from deploy.local.console import JarProgress, log_file, log_stream
from deploy.local.supervisor import STACK


def test_every_line_says_whose_it_is_in_one_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say = log_stream(("postgres", "kafka"), tmp_path)
    for name, line in ((STACK, "bắt đầu"), ("postgres", "ready | really"), ("kafka", "")):
        say(name, line)
    expected = "stack    | bắt đầu\npostgres | ready | really\nkafka    | \n"
    assert capsys.readouterr().out == expected
    assert log_file(tmp_path).read_text() == expected


def test_a_second_start_goes_on_in_the_same_log(tmp_path: Path) -> None:
    log_stream((), tmp_path)(STACK, "first")
    log_stream((), tmp_path)(STACK, "second")
    assert log_file(tmp_path).read_text() == "stack | first\nstack | second\n"


@pytest.mark.parametrize("no_color", [True, False])
def test_colours_are_for_terminals_that_want_them(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    no_color: bool,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "")
    log_stream(("kafka",), tmp_path)("kafka", "up")
    assert ("\033[" in capsys.readouterr().out) is not no_color
    assert "\033" not in log_file(tmp_path).read_text()


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "LOG_BYTES_MAX", 1_000)
    say = log_stream((), tmp_path)
    for number in range(200):
        say(STACK, f"line {number}")
    logs = [*log_file(tmp_path).parent.iterdir()]
    assert len(logs) == 3
    assert all(0 < log.stat().st_size <= 1_000 for log in logs)
    assert log_file(tmp_path).read_text().endswith("line 199\n")


def test_without_a_terminal_every_tenth_jar_and_the_last_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = JarProgress()
    for there in range(24):
        progress(there, 23)
    told = [f"Kafka: {there} of 23 jars downloaded" for there in (0, 10, 20, 23)]
    assert capsys.readouterr().err.splitlines() == told
