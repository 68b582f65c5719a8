"""Units as the log says them, now and at any moment before, and whose snapshots are due.

In: unit records, channels whose counts moved. Out: the registry; units marked dirty by a version
that only grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from asyncpg import Record as Row

from services.ratio.domain.registry import Registry, registry_of
from services.ratio.store.acts import policies
from shared.contracts import Policy, Unit, encode
from shared.postgres import Connection
from shared.topics import UNITS

# A channel that is still in force; PostgreSQL's `infinity` has no Python value.
OPEN_END = date.max

ADD_VERSIONS = """
    INSERT INTO unit_versions (unit_id, registry_version, known_from, record)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[])
    ON CONFLICT (unit_id, registry_version) DO NOTHING"""
PUT_UNITS = """
    INSERT INTO units AS u (unit_id, registry_version, known_from, version)
    SELECT n.unit_id, n.registry_version, n.known_from, version_after(0)
    FROM unnest($1::text[], $2::bigint[], $3::timestamptz[])
        AS n (unit_id, registry_version, known_from)
    ON CONFLICT (unit_id) DO UPDATE SET
        registry_version = excluded.registry_version, known_from = excluded.known_from,
        version = version_after(u.version)
    WHERE u.registry_version < excluded.registry_version
    RETURNING unit_id"""
DROP_CHANNELS = "DELETE FROM channels WHERE unit_id = ANY($1::text[])"
PUT_CHANNELS = """
    INSERT INTO channels (unit_id, channel_id, platform, url, valid_from, valid_to)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])"""


async def put_units(connection: Connection, units: Sequence[Unit]) -> None:
    """Write the units that are newer than what is stored, with all their channels."""
    await connection.execute(
        ADD_VERSIONS,
        [unit.unit_id for unit in units],
        [unit.version for unit in units],
        [unit.updated_at for unit in units],
        [encode(unit).decode() for unit in units],
    )
    newest: dict[str, Unit] = {}
    for unit in units:
        if unit.unit_id not in newest or newest[unit.unit_id].version < unit.version:
            newest[unit.unit_id] = unit
    rows = await connection.fetch(
        PUT_UNITS,
        list(newest),
        [unit.version for unit in newest.values()],
        [unit.updated_at for unit in newest.values()],
    )
    changed = [newest[row["unit_id"]] for row in rows]
    await connection.execute(DROP_CHANNELS, [unit.unit_id for unit in changed])
    channels = [(unit.unit_id, channel) for unit in changed for channel in unit.channels]
    await connection.execute(
        PUT_CHANNELS,
        [unit_id for unit_id, _ in channels],
        [channel.channel_id for _, channel in channels],
        [channel.platform for _, channel in channels],
        [channel.url for _, channel in channels],
        [channel.valid_from for _, channel in channels],
        [channel.valid_to or OPEN_END for _, channel in channels],
    )


# The sum, since units may arrive in another order than they changed in; and the latest change.
STATE = """
    SELECT u.versions, a.policies, greatest(u.changed_at, a.changed_at) AS changed_at
    FROM (SELECT coalesce(sum(registry_version), 0) AS versions, max(known_from) AS changed_at
        FROM units) AS u,
        (SELECT count(*) AS policies, max(known_from) AS changed_at
        FROM acts WHERE kind = 'policy') AS a"""
CURRENT = """
    SELECT v.record FROM unit_versions AS v
    JOIN units AS u ON u.unit_id = v.unit_id AND u.registry_version = v.registry_version"""
AS_OF = """
    SELECT DISTINCT ON (unit_id) record FROM unit_versions WHERE known_from <= $1
    ORDER BY unit_id, registry_version DESC"""


@dataclass(frozen=True, slots=True)
class Rules:
    """Who counts for whom, and by which limits."""

    registry: Registry
    policies: Sequence[Policy]


class RegistryCache:
    """The rules as they stand, read again only when a unit or a policy has changed."""

    def __init__(self) -> None:
        self._state = (-1, -1)
        self._rules = Rules(registry_of(()), ())

    async def rules(self, connection: Connection, known_at: datetime | None = None) -> Rules:
        """The rules as they were known at that moment; as they stand, if None."""
        versions, count, changed_at = await connection.fetchrow(STATE) or (0, 0, None)
        if known_at is not None and changed_at is not None and known_at < changed_at:
            registry = _read(await connection.fetch(AS_OF, known_at))
            return Rules(registry, await policies(connection, known_at))
        if (versions, count) != self._state:
            registry = _read(await connection.fetch(CURRENT))
            self._rules = Rules(registry, await policies(connection))
            self._state = versions, count
        return self._rules

    async def current(self, connection: Connection) -> Registry:
        """The registry as it stands."""
        return (await self.rules(connection)).registry


def _read(rows: Iterable[Row]) -> Registry:
    return registry_of(UNITS.codec.decode(record.encode()) for (record,) in rows)


# Locked in the order of ids, so that two processes cannot wait for each other.
MARK_OWNERS = """
    WITH owners AS (
        SELECT unit_id FROM units
        WHERE unit_id IN (SELECT unit_id FROM channels WHERE channel_id = ANY($1::text[]))
        ORDER BY unit_id FOR UPDATE
    )
    UPDATE units AS u SET version = version_after(u.version)
    FROM owners WHERE u.unit_id = owners.unit_id"""
MARK_ALL = """
    WITH all_units AS (SELECT unit_id FROM units ORDER BY unit_id FOR UPDATE)
    UPDATE units AS u SET version = version_after(u.version)
    FROM all_units WHERE u.unit_id = all_units.unit_id"""


async def mark_owners(connection: Connection, channel_ids: Iterable[str]) -> None:
    """Mark every unit that ever owned one of these channels: its figures may have moved."""
    await connection.execute(MARK_OWNERS, list(channel_ids))


async def mark_all(connection: Connection) -> None:
    """Mark every unit: the day or a policy has changed, and figures move without any post."""
    await connection.execute(MARK_ALL)


@dataclass(frozen=True, slots=True)
class DueUnit:
    """A unit whose snapshot is to be sent, and the version of its figures."""

    unit_id: str
    version: int


DUE = "SELECT unit_id, version FROM units WHERE version > sent_version ORDER BY version LIMIT $1"


async def due_units(connection: Connection, units_max: int) -> list[DueUnit]:
    """Units whose snapshot is to be sent, the longest waiting first."""
    return [DueUnit(*row) for row in await connection.fetch(DUE, units_max)]


# If another process has sent a newer snapshot meanwhile, ours now stands after it in the log:
# the unit is due again.
MARK_SENT = """
    UPDATE units AS u
    SET sent_version = CASE WHEN u.sent_version > s.version THEN 0 ELSE s.version END
    FROM unnest($1::text[], $2::bigint[]) AS s (unit_id, version)
    WHERE u.unit_id = s.unit_id"""


async def mark_sent(connection: Connection, units: Sequence[DueUnit]) -> None:
    """Note which version of each unit the log has acknowledged."""
    await connection.execute(
        MARK_SENT, [unit.unit_id for unit in units], [unit.version for unit in units]
    )
