"""What is written to a log from now on.

In: a file that another process writes and rotates. Out: what is new in it, whenever asked.

No `tail` is started for it: a Ctrl-C in the moment of its birth would leave it behind, and with it
an open standard output that whoever reads it waits for.
"""

import os
from pathlib import Path


class Follower:
    """Reads on from where the file ended when this was made."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.open("rb")
        self._log.seek(0, os.SEEK_END)

    def read(self) -> bytes:
        """What was added since the last call; if the file was replaced, all of the new one too."""
        added = self._log.read()
        if self._is_replaced():
            added += self._log.read()  # what came in between
            self._log.close()
            self._log = self._file.open("rb")
            added += self._log.read()
        return added

    def close(self) -> None:
        """Let the file go."""
        self._log.close()

    def _is_replaced(self) -> bool:
        try:
            return not os.path.samestat(os.fstat(self._log.fileno()), self._file.stat())
        except FileNotFoundError:  # renamed, and the new one is not there yet
            return False
