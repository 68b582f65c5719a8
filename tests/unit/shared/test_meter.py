"""Progress lines."""

import pytest

from shared.meter import Meter, duration, progress


def test_a_line_tells_how_far_how_fast_and_how_long_still() -> None:
    assert progress(412_000, 1_000_000, 22.5) == (
        "412,000 of 1,000,000 records, 18,311/s, 32 s left"
    )


def test_before_the_first_record_no_time_is_promised() -> None:
    assert progress(0, 500, 3.0) == "0 of 500 records, 0/s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (119, "119 s"), (840, "14 min"), (7_170, "2 h 0 min"), (12_000, "3 h 20 min")],
)
def test_time_is_told_in_the_unit_that_a_person_would_use(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_there_is_one_line_every_two_seconds() -> None:
    lines: list[str] = []
    moments = iter([0.0, 0.5, 1.9, 2.0, 3.9, 4.5])
    meter = Meter(100, lines.append, clock=lambda: next(moments))
    for left in (90, 60, 50, 20, 10):
        meter.left(left)
    assert lines == [
        "50 of 100 records, 25/s, 2 s left",
        "90 of 100 records, 20/s, 0 s left",
    ]
