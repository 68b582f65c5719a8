"""Clients and their keys.

In: digests of keys. Out: clients; a key that was revoked or has ended finds none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.gateway.domain.access import Client
from shared.postgres import Connection

# One statement: whoever finds the client has also noted that it was used.
FIND = """
    UPDATE gateway.clients SET last_used_at = now()
    WHERE key_sha256 = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    RETURNING client_id, name, scopes, unit_ids"""


async def find_client(connection: Connection, key_sha256: bytes) -> Client | None:
    """The client whose key has this digest, if it may still call."""
    row = await connection.fetchrow(FIND, key_sha256)
    if row is None:
        return None
    units = None if row["unit_ids"] is None else frozenset(row["unit_ids"])
    return Client(row["client_id"], row["name"], frozenset(row["scopes"]), units)


ADD = """
    INSERT INTO gateway.clients (name, key_sha256, key_tail, scopes, unit_ids, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING client_id"""


async def add_client(
    connection: Connection,
    name: str,
    key_sha256: bytes,
    key_tail: str,
    scopes: Sequence[str],
    unit_ids: Sequence[str] | None,
    expires_at: datetime | None,
) -> UUID:
    """Store a new client; its id."""
    return await connection.fetchval(
        ADD, name, key_sha256, key_tail, list(scopes), unit_ids, expires_at
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A client as `keys list` shows it."""

    client_id: UUID
    name: str
    key_tail: str
    scopes: Sequence[str]
    unit_ids: Sequence[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


LIST = """
    SELECT client_id, name, key_tail, scopes, unit_ids, created_at, expires_at, revoked_at,
        last_used_at
    FROM gateway.clients ORDER BY created_at"""
REVOKE = """
    UPDATE gateway.clients SET revoked_at = now()
    WHERE client_id = $1 AND revoked_at IS NULL RETURNING 1"""


async def list_clients(connection: Connection) -> list[Listed]:
    """All clients, oldest first."""
    return [Listed(*row.values()) for row in await connection.fetch(LIST)]


async def revoke_client(connection: Connection, client_id: UUID) -> bool:
    """Whether there was such a client with a key that held."""
    return await connection.fetchval(REVOKE, client_id) is not None
