"""Units and channels, and which of them the log does not have yet.

In: changes that the domain has allowed. Out: units with their channels. Every change gives the
unit a greater version; a unit whose version is ahead of `published_version` is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from asyncpg import Record as Row

from services.ingest.domain.drafts import ChannelDraft, UnitDraft
from services.ingest.domain.parents import Line, line_of
from services.ingest.domain.registry import Tenure
from shared.contracts import Channel, FormerParent, Unit, UnitKind
from shared.postgres import Connection

# Any number that nothing else on this server locks with.
_WRITE_LOCK, _PUBLISH_LOCK = 830_1505, 830_1506

_former_parents = msgspec.json.Decoder(tuple[FormerParent, ...])

TENURES = """
    SELECT channel_id, unit_id, valid_from, valid_to FROM ingest.channels
    WHERE channel_id = ANY($1::text[]) AND ($2::text[] IS NULL OR unit_id = ANY($2))
    ORDER BY channel_id, valid_from"""


async def tenures_of(
    connection: Connection, channel_ids: Sequence[str], units: Sequence[str] | None
) -> dict[str, list[Tenure]]:
    """Who owns each channel and when, as far as `units` (None: all) may be seen."""
    found: dict[str, list[Tenure]] = {}
    for row in await connection.fetch(TENURES, channel_ids, units):
        tenure = Tenure(row["unit_id"], row["valid_from"], row["valid_to"])
        found.setdefault(row["channel_id"], []).append(tenure)
    return found


async def lock_writes(connection: Connection) -> None:
    """Let no other change of the registry in until the transaction ends.

    Changes are rare, and some rules (no cycle of parents) look at rows that they don't write.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _WRITE_LOCK)


_UNIT = """
    SELECT unit_id, name, kind, org_code, parent_id, valid_from, valid_to, succeeded_by,
        former_parents, version, updated_at
    FROM ingest.units"""
ONE = f"{_UNIT} WHERE unit_id = $1"
CHANNELS = """
    SELECT unit_id, channel_id, platform, url, valid_from, valid_to FROM ingest.channels
    WHERE unit_id = ANY($1::text[]) ORDER BY unit_id, channel_id"""


async def unit_of(connection: Connection, unit_id: str) -> Unit | None:
    """One unit with its channels, or None."""
    units = await _with_channels(connection, await connection.fetch(ONE, unit_id))
    return units[0] if units else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which units a list shows; `units` are those the client may see, all if None."""

    units: Sequence[str] | None
    kind: UnitKind | None
    parent_id: str | None


LIST = f"""{_UNIT}
    WHERE ($1::text[] IS NULL OR unit_id = ANY($1)) AND ($2::text IS NULL OR kind = $2)
        AND ($3::text IS NULL OR parent_id = $3) AND unit_id > $4 COLLATE "C"
    ORDER BY unit_id COLLATE "C" LIMIT $5"""


async def list_units(connection: Connection, wanted: Filter, after: str, count: int) -> list[Unit]:
    """Units in the order of their ids, those after `after`."""
    rows = await connection.fetch(LIST, wanted.units, wanted.kind, wanted.parent_id, after, count)
    return await _with_channels(connection, rows)


PARENTS = "SELECT unit_id, parent_id, former_parents FROM ingest.units"
SUCCESSORS = "SELECT unit_id, succeeded_by FROM ingest.units WHERE succeeded_by IS NOT NULL"


async def parents(connection: Connection) -> dict[str, Line]:
    """The units above each unit, in order of time."""
    return {
        row["unit_id"]: line_of(row["parent_id"], _former_parents.decode(row["former_parents"]))
        for row in await connection.fetch(PARENTS)
    }


async def successors(connection: Connection) -> dict[str, str]:
    """The unit that each one was merged into, of those that were."""
    return {row["unit_id"]: row["succeeded_by"] for row in await connection.fetch(SUCCESSORS)}


PUT_UNIT = """
    INSERT INTO ingest.units AS u (unit_id, name, kind, org_code, parent_id, valid_from, valid_to,
        succeeded_by, former_parents, version, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ingest.version_after(0), clock_timestamp())
    ON CONFLICT (unit_id) DO UPDATE SET
        name = excluded.name, kind = excluded.kind, org_code = excluded.org_code,
        parent_id = excluded.parent_id, valid_from = excluded.valid_from,
        valid_to = excluded.valid_to, succeeded_by = excluded.succeeded_by,
        former_parents = excluded.former_parents,
        version = ingest.version_after(u.version), updated_at = clock_timestamp()"""


async def put_unit(connection: Connection, unit_id: str, draft: UnitDraft) -> None:
    """Write the unit in a new version; its channels stay."""
    await connection.execute(
        PUT_UNIT,
        unit_id,
        draft.name,
        draft.kind,
        draft.org_code,
        draft.parent_id,
        draft.valid_from,
        draft.valid_to,
        draft.succeeded_by,
        msgspec.json.encode([one.model_dump() for one in draft.former_parents]).decode(),
    )


PUT_CHANNEL = """
    INSERT INTO ingest.channels (unit_id, channel_id, platform, url, valid_from, valid_to)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (unit_id, channel_id) DO UPDATE SET
        platform = excluded.platform, url = excluded.url,
        valid_from = excluded.valid_from, valid_to = excluded.valid_to"""
TOUCH = """
    UPDATE ingest.units
    SET version = ingest.version_after(version), updated_at = clock_timestamp()
    WHERE unit_id = $1"""


async def put_channel(
    connection: Connection, unit_id: str, channel_id: str, draft: ChannelDraft
) -> None:
    """Write the channel; the unit gets a new version with it."""
    await connection.execute(
        PUT_CHANNEL,
        unit_id,
        channel_id,
        draft.platform,
        draft.url,
        draft.valid_from,
        draft.valid_to,
    )
    await connection.execute(TOUCH, unit_id)


START_TOPIC = """
    INSERT INTO ingest.topics AS t (kafka_topic, topic_id) VALUES ($1, $2)
    ON CONFLICT (kafka_topic) DO UPDATE SET topic_id = excluded.topic_id
    WHERE t.topic_id <> excluded.topic_id
    RETURNING 1"""


async def is_new_topic(connection: Connection, kafka_topic: str, topic_id: UUID) -> bool:
    """Note the cluster's id of a topic; True if it is not the one that was known."""
    return await connection.fetchval(START_TOPIC, kafka_topic, topic_id) is not None


async def may_publish(connection: Connection) -> bool:
    """True if no other process sends units now; holds until the transaction ends."""
    return await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _PUBLISH_LOCK)


DUE = f"{_UNIT} WHERE version > published_version ORDER BY version LIMIT $1"
MARK_PUBLISHED = """
    UPDATE ingest.units AS u SET published_version = p.version
    FROM unnest($1::text[], $2::bigint[]) AS p (unit_id, version)
    WHERE u.unit_id = p.unit_id"""
MARK_ALL_DUE = "UPDATE ingest.units SET published_version = 0 WHERE published_version > 0"
PUBLISHED_VERSION = "SELECT published_version FROM ingest.units WHERE unit_id = $1"


async def due_units(connection: Connection, units_max: int) -> list[Unit]:
    """Units that the log does not have in their latest version, the longest waiting first."""
    return await _with_channels(connection, await connection.fetch(DUE, units_max))


async def mark_published(connection: Connection, units: Sequence[Unit]) -> None:
    """Note the version of each unit that the log has acknowledged."""
    await connection.execute(
        MARK_PUBLISHED, [unit.unit_id for unit in units], [unit.version for unit in units]
    )


async def mark_all_due(connection: Connection) -> None:
    """Have every unit sent again."""
    await connection.execute(MARK_ALL_DUE)


async def published_version(connection: Connection, unit_id: str) -> int:
    """The version of the unit that the log has; 0 if none."""
    return await connection.fetchval(PUBLISHED_VERSION, unit_id) or 0


async def _with_channels(connection: Connection, rows: Sequence[Row]) -> list[Unit]:
    channels: dict[str, list[Channel]] = {}
    for row in await connection.fetch(CHANNELS, [row["unit_id"] for row in rows]):
        fields = dict(row.items())
        channels.setdefault(fields.pop("unit_id"), []).append(Channel(**fields))
    return [_unit(row, channels.get(row["unit_id"], ())) for row in rows]


def _unit(row: Row, channels: Sequence[Channel]) -> Unit:
    fields = dict(row.items())
    former = _former_parents.decode(fields.pop("former_parents"))
    return Unit(**fields, channels=tuple(channels), former_parents=former)
