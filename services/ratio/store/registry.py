"""Units and channels as the log says them, and which units' snapshots are due.

In: unit records, channels whose counts moved. Out: rows; units marked dirty by a version that
only grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts import Unit, UnitKind
from shared.postgres import Connection

# A channel that is still in force; PostgreSQL's `infinity` has no Python value.
OPEN_END = date.max

PUT_UNITS = """
    INSERT INTO ratio.units AS u (unit_id, name, kind, parent_id, registry_version, version)
    SELECT n.unit_id, n.name, n.kind, n.parent_id, n.registry_version, ratio.version_after(0)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
        AS n (unit_id, name, kind, parent_id, registry_version)
    ON CONFLICT (unit_id) DO UPDATE SET
        name = excluded.name, kind = excluded.kind, parent_id = excluded.parent_id,
        registry_version = excluded.registry_version, version = ratio.version_after(u.version)
    WHERE u.registry_version < excluded.registry_version
    RETURNING unit_id"""
DROP_CHANNELS = "DELETE FROM ratio.channels WHERE unit_id = ANY($1::text[])"
PUT_CHANNELS = """
    INSERT INTO ratio.channels (unit_id, channel_id, platform, url, valid_from, valid_to)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])"""


async def put_units(connection: Connection, units: Iterable[Unit]) -> None:
    """Write the units that are newer than what is stored, with all their channels."""
    newest: dict[str, Unit] = {}
    for unit in units:
        if unit.unit_id not in newest or newest[unit.unit_id].version < unit.version:
            newest[unit.unit_id] = unit
    rows = await connection.fetch(
        PUT_UNITS,
        list(newest),
        [unit.name for unit in newest.values()],
        [unit.kind for unit in newest.values()],
        [unit.parent_id for unit in newest.values()],
        [unit.version for unit in newest.values()],
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


# Locked in the order of ids, so that two processes cannot wait for each other.
MARK_OWNERS = """
    WITH owners AS (
        SELECT unit_id FROM ratio.units
        WHERE unit_id IN (SELECT unit_id FROM ratio.channels WHERE channel_id = ANY($1::text[]))
        ORDER BY unit_id FOR UPDATE
    )
    UPDATE ratio.units AS u SET version = ratio.version_after(u.version)
    FROM owners WHERE u.unit_id = owners.unit_id"""
MARK_ALL = """
    WITH all_units AS (SELECT unit_id FROM ratio.units ORDER BY unit_id FOR UPDATE)
    UPDATE ratio.units AS u SET version = ratio.version_after(u.version)
    FROM all_units WHERE u.unit_id = all_units.unit_id"""


async def mark_owners(connection: Connection, channel_ids: Iterable[str]) -> None:
    """Mark every unit that ever owned one of these channels: its figures may have moved."""
    await connection.execute(MARK_OWNERS, list(channel_ids))


async def mark_all(connection: Connection) -> None:
    """Mark every unit: the day has changed, and rolling windows move without any event."""
    await connection.execute(MARK_ALL)


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit as ratio knows it, and the version of its figures."""

    unit_id: str
    name: str
    kind: UnitKind
    parent_id: str | None
    version: int


_KNOWN = "SELECT unit_id, name, kind, parent_id, version FROM ratio.units"
DUE = f"{_KNOWN} WHERE version > sent_version ORDER BY version LIMIT $1"
ONE = f"{_KNOWN} WHERE unit_id = $1"
# `<> ALL` ends a cycle of parents, should the registry ever hold one.
BRANCH = """
    WITH RECURSIVE branch AS (
        SELECT unit_id, ARRAY[unit_id] AS path FROM ratio.units WHERE unit_id = $1
        UNION ALL
        SELECT u.unit_id, b.path || u.unit_id FROM ratio.units AS u
        JOIN branch AS b ON u.parent_id = b.unit_id WHERE u.unit_id <> ALL(b.path)
    )
    SELECT unit_id FROM branch"""


async def due_units(connection: Connection, units_max: int) -> list[KnownUnit]:
    """Units whose snapshot is to be sent, the longest waiting first."""
    return [KnownUnit(*row.values()) for row in await connection.fetch(DUE, units_max)]


async def known_unit(connection: Connection, unit_id: str) -> KnownUnit | None:
    """One unit, or None if no record of it came yet."""
    row = await connection.fetchrow(ONE, unit_id)
    return KnownUnit(*row.values()) if row else None


async def branch_of(connection: Connection, unit_id: str) -> list[str]:
    """The unit and all units under it."""
    return [row["unit_id"] for row in await connection.fetch(BRANCH, unit_id)]


# If another process has sent a newer snapshot meanwhile, ours now stands after it in the log:
# the unit is due again.
MARK_SENT = """
    UPDATE ratio.units AS u
    SET sent_version = CASE WHEN u.sent_version > s.version THEN 0 ELSE s.version END
    FROM unnest($1::text[], $2::bigint[]) AS s (unit_id, version)
    WHERE u.unit_id = s.unit_id"""


async def mark_sent(connection: Connection, units: Sequence[KnownUnit]) -> None:
    """Note which version of each unit the log has acknowledged."""
    await connection.execute(
        MARK_SENT, [unit.unit_id for unit in units], [unit.version for unit in units]
    )
