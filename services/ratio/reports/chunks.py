"""A stream of bytes in pieces that are worth sending.

In: many small pieces, or a file. Out: pieces of about 64 KiB; memory stays bounded.
"""

from collections.abc import Iterable, Iterator
from typing import IO

CHUNK_BYTES = 65_536


def joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= CHUNK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def file_chunks(opened: IO[bytes]) -> Iterator[bytes]:
    """What an open file holds from where it stands."""
    while chunk := opened.read(CHUNK_BYTES):
        yield chunk
