"""What the figures are made of: sums of day buckets, never a scan of posts.

In: units and days. Out: counts. Which unit owns a channel on a day is looked up here, at reading
time, so that a back-dated change of the registry moves counts without touching the ledger.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.ratio.domain.ratio import DayCount
from shared.postgres import Connection

By = Literal["channel", "platform", "action"]


_GROUP_COLUMNS = {"channel": "b.channel_id", "platform": "c.platform", "action": "b.action"}
TALLY = """
    SELECT c.unit_id, {group} AS of_group, b.local_day, b.label,
        sum(b.posts)::integer AS posts, sum(b.needs_review)::integer AS needs_review
    FROM ratio.channels AS c JOIN ratio.buckets AS b ON b.channel_id = c.channel_id
        AND b.local_day BETWEEN greatest($2::date, c.valid_from) AND least($3::date, c.valid_to)
    WHERE c.unit_id = ANY($1::text[]) AND b.posts > 0
    GROUP BY 1, 2, 3, 4"""


async def tally(
    connection: Connection,
    unit_ids: Sequence[str],
    first_day: date,
    last_day: date,
    by: By | None = None,
) -> dict[tuple[str, str | None], list[DayCount]]:
    """The day counts of each (unit, group), both days included; the group is None without `by`."""
    query = TALLY.format(group=_GROUP_COLUMNS[by] if by else "NULL::text")
    rows = await connection.fetch(query, list(unit_ids), first_day, last_day)
    counts: dict[tuple[str, str | None], list[DayCount]] = {}
    for row in rows:
        day = DayCount(row["local_day"], row["label"], row["posts"], row["needs_review"])
        counts.setdefault((row["unit_id"], row["of_group"]), []).append(day)
    return counts
