"""A log is followed from where it stands, through its rotation."""

from contextlib import closing
from pathlib import Path

from demo.follow import Follower


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    file = tmp_path / "stack.log"
    file.write_text("old\n")
    with closing(Follower(file)) as log, file.open("a") as writer:
        assert log.read() == b""
        writer.write("new\n")
        writer.flush()
        assert log.read() == b"new\n"
        assert log.read() == b""


def test_a_rotation_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "stack.log"
    file.write_text("old\n")
    with closing(Follower(file)) as log:
        with file.open("a") as writer:
            writer.write("last\n")
        file.rename(tmp_path / "stack.log.1")
        assert log.read() == b"last\n"
        file.write_text("first\n")
        assert log.read() == b"first\n"
        assert log.read() == b""
