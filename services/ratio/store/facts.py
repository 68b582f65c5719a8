"""What the log has said of posts: every record once, and the newest accepted revision.

In: post ids, records that are new. Out: facts; rows, in one COPY a batch.
"""

from collections.abc import Sequence
from uuid import UUID

from services.ratio.domain.facts import Facts, Known, Latest, RecordKey, record_key
from shared.contracts import encode
from shared.postgres import Connection
from shared.topics import VERDICTS

READ = """
    SELECT post_id, logged_at, record, NULL AS received_at, NULL AS revision, NULL AS channel_id,
        NULL AS published_at, NULL AS local_day, NULL AS action, NULL AS format
    FROM history WHERE post_id = ANY($1::uuid[])
    UNION ALL
    SELECT post_id, NULL, NULL, received_at, revision, channel_id, published_at, local_day, action,
        format
    FROM posts WHERE post_id = ANY($1::uuid[])"""


async def read_facts(connection: Connection, post_ids: Sequence[UUID]) -> dict[UUID, Facts]:
    """All that is known of these posts; posts never heard of are left out."""
    latest: dict[UUID, Latest] = {}
    records: dict[UUID, dict[RecordKey, Known]] = {}
    for post_id, logged_at, text, *place in await connection.fetch(READ, post_ids):
        if text is None:
            latest[post_id] = Latest(*place)
        else:
            record = VERDICTS.codec.decode(text.encode())
            records.setdefault(post_id, {})[record_key(record)] = Known(record, logged_at, text)
    return {
        post_id: Facts(records.get(post_id, {}), latest.get(post_id))
        for post_id in latest.keys() | records.keys()
    }


HISTORY_COLUMNS = ("post_id", "record_id", "record_at", "logged_at", "record")


async def add_history(connection: Connection, records: Sequence[Known]) -> None:
    """Add records that are new, each as the log has it."""
    await connection.copy_records_to_table(
        "history", columns=HISTORY_COLUMNS, records=map(_row, records)
    )


def _row(known: Known) -> tuple[object, ...]:
    record = known.record
    text = known.text or encode(record).decode()
    return (record.post_id, *record_key(record), known.known_at, text)
