"""What is told where there is no terminal to draw on, and how long is waited."""

import pytest

from demo.progress import lines
from demo.waiting import NotInTime, until


def test_every_tenth_is_told_once_and_the_end_always() -> None:
    told: list[str] = []
    tell = lines("posts judged", 25, told.append)
    for done in range(26):
        tell(done)
        tell(done)
    assert [int(line.split()[2]) for line in told] == [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]
    assert told[-1] == "posts judged: 25 of 25"


def test_what_is_over_at_once_is_told_in_one_line() -> None:
    told: list[str] = []
    lines("corrections sent", 13, told.append)(13)
    lines("corrections sent", 0, told.append)(0)
    assert told == ["corrections sent: 13 of 13", "corrections sent: 0 of 0"]


def test_a_wait_has_an_end_that_says_what_was_waited_for() -> None:
    assert until(lambda: "there", seconds=0, what="it is there") == "there"
    with pytest.raises(NotInTime, match="all posts are judged"):
        until(lambda: None, seconds=-1, what="all posts are judged")
