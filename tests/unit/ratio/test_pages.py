"""How far down a list one may read."""

import pytest

from services.ratio.routes.pages import PAGES_MAX, TooManyPages, cursor_after, read_page
from shared.cursors import InvalidCursor, write_cursor

FILTERS = ("so-y-te", None)


def test_a_list_begins_at_its_first_page() -> None:
    assert read_page(None, FILTERS) == (1, None)


def test_each_page_leads_to_the_next() -> None:
    cursor = cursor_after(1, ["2026-11-25T08:00:00+07:00", "a"], FILTERS)
    assert read_page(cursor, FILTERS) == (2, ["2026-11-25T08:00:00+07:00", "a"])


def test_after_the_ten_thousandth_page_there_is_none() -> None:
    page, _ = read_page(cursor_after(PAGES_MAX - 1, ["a"], FILTERS), FILTERS)
    assert page == PAGES_MAX
    with pytest.raises(TooManyPages) as refused:
        read_page(cursor_after(PAGES_MAX, ["a"], FILTERS), FILTERS)
    assert refused.value.parameter == "cursor"


@pytest.mark.parametrize("place", [[], ["a"], [None, "a"]])
def test_a_cursor_without_a_page_is_refused(place: list[str]) -> None:
    with pytest.raises(InvalidCursor):
        read_page(write_cursor(place, FILTERS), FILTERS)
