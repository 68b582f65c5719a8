"""How far down a list clients may read, page by page.

In: the cursor that a client brings, the list's filters. Out: the place where its page begins, and
the cursor of the next one.
"""

from collections.abc import Sequence
from typing import Any

from shared.cursors import InvalidCursor, read_cursor, write_cursor
from shared.problems import Invalid

PAGES_MAX = 10_000


class TooManyPages(Invalid):
    """Nobody reads on after 10,000 pages: narrower filters find sooner what is wanted."""

    slug, title, parameter = "too-many-pages", "Danh sách quá dài", "cursor"


def read_page(cursor: str | None, filters: object) -> tuple[int, list[Any] | None]:
    """The page's number, from 1, and the place after which it begins: None for the first; its
    types are still to be checked. Raises InvalidCursor, TooManyPages."""
    if cursor is None:
        return 1, None
    page, *place = read_cursor(cursor, filters) or [None]
    if not isinstance(page, int):
        raise InvalidCursor
    if page > PAGES_MAX:
        raise TooManyPages(
            f"Đã qua {PAGES_MAX} trang; hãy thu hẹp danh sách bằng các bộ lọc của nó."
        )
    return page, place


def cursor_after(page: int, place: Sequence[str], filters: object) -> str:
    """The cursor of the page after the one of that number, whose last row stands there."""
    return write_cursor([page + 1, *place], filters)
