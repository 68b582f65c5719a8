"""The file that hands address and key to curl and to the next run."""

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from demo.access import Access, read, write
from shared.local_time import LOCAL_ZONE

ACCESS = Access(
    "http://127.0.0.1:8080", "candoi_0aZ", datetime(2026, 11, 25, 6, 48, 51, tzinfo=LOCAL_ZONE)
)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "env", ACCESS)
    assert read(tmp_path / "env") == ACCESS
    assert [file.name for file in tmp_path.iterdir()] == ["env"]


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("")
    file.chmod(0o644)
    (tmp_path / "env.new").write_text("left by a crash")
    write(file, ACCESS)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_shell_can_read_it(tmp_path: Path) -> None:
    write(tmp_path / "env", ACCESS)
    told = 'echo "$CANDOI_URL $CANDOI_API_KEY"'
    ran = subprocess.run(
        ["sh", "-c", f". {tmp_path}/env; {told}"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [ACCESS.url, ACCESS.api_key]


@pytest.mark.parametrize(
    "content", ["", "CANDOI_URL=http://127.0.0.1:8080\n", "# nothing\n", "CANDOI_API_KEY=x\n"]
)
def test_a_file_that_is_not_whole_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "env").write_text(content)
    assert read(tmp_path / "env") is None
    assert read(tmp_path / "none") is None
