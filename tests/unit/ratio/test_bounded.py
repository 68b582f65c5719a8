"""A reading that stops where it was told to."""

from kafka import TopicPartition

from services.ratio.bounded import before
from shared.kafka import Batch, Incoming
from tests.builders import NOON

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def a_batch(offsets: dict[TopicPartition, range]) -> Batch:
    return Batch(
        records=[
            Incoming(one.topic, one.partition, offset, NOON, None, None)
            for one, some in offsets.items()
            for offset in some
        ],
        first_offsets={one: some.start for one, some in offsets.items()},
        next_offsets={one: some.stop for one, some in offsets.items()},
    )


def test_a_batch_that_ends_before_the_bound_stays_whole() -> None:
    batch = a_batch({A: range(3, 7), B: range(2)})
    assert before(batch, {A: 7, B: 2}) is batch


def test_nothing_at_or_after_the_bound_is_handed_out() -> None:
    batch = a_batch({A: range(3, 9), B: range(5, 8)})
    assert before(batch, {A: 6, B: 5}) == a_batch({A: range(3, 6)})


def test_a_partition_without_a_bound_is_not_read() -> None:
    assert before(a_batch({A: range(3, 9), B: range(5, 8)}), {B: 9}) == a_batch({B: range(5, 8)})
