"""How far each partition of the log is applied.

In: partitions of the cluster. Out: the stored offsets; they move by compare-and-set only, as the
first statement of the transaction that applies a batch.
"""

from collections.abc import Mapping
from uuid import UUID

from kafka import TopicPartition

from shared.background import PersonNeeded
from shared.kafka import Offsets
from shared.postgres import Connection


class OffsetsMoved(Exception):
    """Another process has applied these records: this batch must not be applied."""


class TopicRecreated(PersonNeeded):
    """A topic was deleted and made anew: its offsets mean other records."""


START = """
    INSERT INTO consumed (kafka_topic, partition, topic_id, next_offset)
    SELECT * FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[])
    ON CONFLICT (kafka_topic, partition) DO NOTHING"""
READ = """
    SELECT kafka_topic, partition, topic_id, next_offset FROM consumed
    WHERE kafka_topic = ANY($1)"""


async def stored_offsets(
    connection: Connection, beginnings: Offsets, topic_ids: Mapping[str, UUID]
) -> dict[TopicPartition, int]:
    """Where to go on; a partition never seen before starts at its beginning.

    Raises TopicRecreated if a topic's id is not the one that the offsets belong to.
    """
    topics, partitions = [tp.topic for tp in beginnings], [tp.partition for tp in beginnings]
    ids = [topic_ids[topic] for topic in topics]
    await connection.execute(START, topics, partitions, ids, list(beginnings.values()))
    rows = await connection.fetch(READ, list(topic_ids))
    for row in rows:
        if row["topic_id"] != topic_ids[row["kafka_topic"]]:
            raise TopicRecreated(
                f"{row['kafka_topic']} was made anew; run `python -m services.ratio rebuild`"
            )
    return {
        TopicPartition(row["kafka_topic"], row["partition"]): row["next_offset"] for row in rows
    }


BEGIN_AGAIN = """
    INSERT INTO consumed AS c (kafka_topic, partition, topic_id, next_offset)
    SELECT * FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[])
    ON CONFLICT (kafka_topic, partition) DO UPDATE SET
        topic_id = excluded.topic_id, next_offset = excluded.next_offset
    WHERE c.topic_id <> excluded.topic_id"""


async def begin_again(
    connection: Connection, beginnings: Offsets, topic_ids: Mapping[str, UUID]
) -> None:
    """Go back to the beginning of each topic that was made anew."""
    await connection.execute(
        BEGIN_AGAIN,
        [partition.topic for partition in beginnings],
        [partition.partition for partition in beginnings],
        [topic_ids[partition.topic] for partition in beginnings],
        list(beginnings.values()),
    )


STAND_AT = """
    SELECT count(*) FROM unnest($1::text[], $2::integer[], $3::bigint[])
        AS n (kafka_topic, partition, next_offset)
    JOIN consumed USING (kafka_topic, partition, next_offset)"""


async def stand_at(connection: Connection, positions: Offsets) -> bool:
    """Whether every partition stands where `positions` says."""
    topics, partitions = [tp.topic for tp in positions], [tp.partition for tp in positions]
    offsets = list(positions.values())
    return await connection.fetchval(STAND_AT, topics, partitions, offsets) == len(positions)


# In the order of partitions, so that two processes cannot wait for each other.
MOVE = """
    WITH moved AS (
        SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])
            AS moved (kafka_topic, partition, from_offset, to_offset)
    ), locked AS (
        SELECT c.kafka_topic, c.partition, m.to_offset
        FROM consumed AS c JOIN moved AS m
            ON c.kafka_topic = m.kafka_topic AND c.partition = m.partition
        WHERE c.next_offset = m.from_offset
        ORDER BY c.kafka_topic, c.partition FOR UPDATE OF c
    )
    UPDATE consumed AS c SET next_offset = l.to_offset FROM locked AS l
    WHERE c.kafka_topic = l.kafka_topic AND c.partition = l.partition
    RETURNING 1"""


async def move_offsets(connection: Connection, before: Offsets, after: Offsets) -> None:
    """Move from `before` to `after`; the row lock that this takes makes a second process wait.

    Raises OffsetsMoved if any partition does not stand where `before` says.
    """
    moved = await connection.fetch(
        MOVE,
        [partition.topic for partition in after],
        [partition.partition for partition in after],
        [before[partition] for partition in after],
        list(after.values()),
    )
    if len(moved) != len(after):
        raise OffsetsMoved(f"{len(after) - len(moved)} of {len(after)} partitions have moved")
