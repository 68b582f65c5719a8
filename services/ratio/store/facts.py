"""What the log has said of posts: every record once, and the newest accepted revision.

In: post ids, records that are new. Out: facts; rows, in one COPY a batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.ratio.domain.facts import Facts, Known, Latest, RecordKey, record_key
from shared.postgres import Connection
from shared.topics import VERDICTS

READ_HISTORY = """
    SELECT post_id, logged_at, record FROM history WHERE post_id = ANY($1::uuid[])"""
READ_LATEST = """
    SELECT post_id, received_at, revision, channel_id, published_at, local_day, action, format
    FROM posts WHERE post_id = ANY($1::uuid[])"""


async def read_facts(connection: Connection, post_ids: Iterable[UUID]) -> dict[UUID, Facts]:
    """All that is known of these posts; posts never heard of are left out."""
    wanted = list(post_ids)
    latest = {
        post_id: Latest(*place) for post_id, *place in await connection.fetch(READ_LATEST, wanted)
    }
    records: dict[UUID, dict[RecordKey, Known]] = {}
    for post_id, logged_at, text in await connection.fetch(READ_HISTORY, wanted):
        record = VERDICTS.codec.decode(text.encode())
        records.setdefault(post_id, {})[record_key(record)] = Known(record, logged_at)
    return {
        post_id: Facts(records.get(post_id, {}), latest.get(post_id))
        for post_id in latest.keys() | records.keys()
    }


HISTORY_COLUMNS = ("post_id", "record_id", "record_at", "logged_at", "record")


async def add_history(
    connection: Connection, records: Sequence[Known], texts: Mapping[RecordKey, str]
) -> None:
    """Add records that are new, each with its text as the log has it."""
    await connection.copy_records_to_table(
        "history",
        columns=HISTORY_COLUMNS,
        records=[
            (one.record.post_id, *key, one.known_at, texts[key])
            for one in records
            for key in (record_key(one.record),)
        ],
    )
