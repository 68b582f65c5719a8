"""Where the next page of a list begins, as clients carry it.

In: the place of a page's last row, and the filters of the list. Out: opaque text, and the place
again. Only a list with the same filters takes it: under others it would skip rows unseen.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from shared.problems import Refusal


class InvalidCursor(Refusal):
    """The cursor is damaged, or belongs to a list with other filters."""

    http_status, slug, title = 400, "invalid-cursor", "Con trỏ trang không hợp lệ"
    parameter = "cursor"

    def __init__(self) -> None:
        super().__init__(
            "cursor không thuộc về danh sách với các bộ lọc này; hãy bắt đầu lại không có cursor."
        )


def write_cursor(place: Sequence[float | str], filters: object) -> str:
    """The cursor for this place; `filters` is told apart by what its `repr` says."""
    content = json.dumps([*place, _fingerprint(filters)]).encode()
    # Without padding, so that it stands in an address as it is.
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(cursor: str, filters: object) -> list[Any]:
    """The place, as JSON knows it: its types are still to be checked. Raises InvalidCursor."""
    try:
        *place, fingerprint = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
    except (ValueError, TypeError, RecursionError):
        raise InvalidCursor from None
    if fingerprint != _fingerprint(filters):
        raise InvalidCursor
    return place


def _fingerprint(filters: object) -> str:
    # A digest: the filters may name units that whoever sees the cursor must not learn of.
    return hashlib.sha256(repr(filters).encode()).hexdigest()[:16]
