"""A few bad records are put aside; a stream that is bad as a whole stops."""

from datetime import UTC, datetime
from itertools import groupby

from hypothesis import example, given
from hypothesis import strategies as st

from shared.dead_letters import (
    DEAD_LETTERS,
    DeadLetterLimit,
    TooManyDeadLetters,
    dead_letter,
)
from shared.kafka import Incoming

RECORD = Incoming(
    kafka_topic="candoi.posts.v1",
    partition=3,
    offset=830,
    logged_at=datetime(2026, 11, 20, tzinfo=UTC),
    record_key=b"so-yte-facebook",
    value=b"\xff{",
    headers=(("traceparent", b"00-a-b-01"),),
)
# Runs of bad or good records, so that both limits come into reach.
STREAMS = st.lists(st.tuples(st.booleans(), st.integers(1, 900)), max_size=8).map(
    lambda runs: [bad for bad, length in runs for _ in range(length // 8 if bad else length)]
)


def is_too_many(records: list[bool]) -> bool:
    """The rule, said in another way."""
    longest = max((len([*run]) for bad, run in groupby(records) if bad), default=0)
    thousands = [records[start : start + 1_000] for start in range(len(records) - 999)]
    return longest > 100 or any(sum(thousand) > 50 for thousand in thousands)


def stops(limit: DeadLetterLimit, batch: list[bool]) -> bool:
    try:
        limit.after(batch)
    except TooManyDeadLetters:
        return True
    return False


@given(STREAMS)
@example([True] * 100)
@example([True] * 101)
@example([False] * 950 + [True] * 50)
@example([False] * 950 + [True] * 51)
@example([True] * 51 + [False] * 948)
@example([True] * 51 + [False] * 949)
@example([True] * 101 + [False] * 2_000)
def test_it_stops_over_a_hundred_in_a_row_or_five_percent_of_a_thousand(
    records: list[bool],
) -> None:
    assert stops(DeadLetterLimit(), records) is is_too_many(records)


@given(STREAMS, st.integers(0, 2_000))
def test_how_a_stream_is_cut_into_batches_does_not_matter(records: list[bool], cut: int) -> None:
    before, after = records[:cut], records[cut:]
    if not stops(DeadLetterLimit(), before):
        assert stops(DeadLetterLimit().after(before), after) is is_too_many(records)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_batch_that_is_tried_twice_is_not_counted_twice(before: int, bad: int) -> None:
    limit = DeadLetterLimit().after([True] * before)
    first, again = (stops(limit, [True] * bad) for _ in range(2))
    assert first is again is (before + bad > 100)


def test_a_dead_letter_is_the_record_with_its_reason_and_place() -> None:
    letter = dead_letter(RECORD, "Không đọc được: thiếu ngoặc")
    assert (letter.kafka_topic, letter.record_key, letter.value) == (
        DEAD_LETTERS,
        RECORD.record_key,
        RECORD.value,
    )
    assert dict(letter.headers) == {
        "reason": "Không đọc được: thiếu ngoặc".encode(),
        "kafka_topic": b"candoi.posts.v1",
        "partition": b"3",
        "offset": b"830",
        "traceparent": b"00-a-b-01",
    }


def test_a_long_reason_is_cut_at_500_characters() -> None:
    letter = dead_letter(RECORD, "ố" * 501)
    assert dict(letter.headers)["reason"].decode() == "ố" * 500


def test_a_record_without_key_and_value_can_be_a_dead_letter() -> None:
    empty = Incoming("candoi.verdicts.v1", 0, 0, RECORD.logged_at, None, None)
    letter = dead_letter(empty, "no value")
    assert (letter.record_key, letter.value) == (None, None)


def test_an_old_record_is_forgotten_after_a_thousand() -> None:
    limit = DeadLetterLimit().after([True] * 50 + [False] * 1_000)
    assert limit == DeadLetterLimit(0, (False,) * 1_000)
