"""`keys create | list | revoke`: who may call the API.

In: a name, scopes, units. Out: a key, told once; a table; a key that no longer holds.
"""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, time
from typing import Annotated, TypeVar
from uuid import UUID

import typer
import uvloop

from services.gateway.app import MIGRATIONS
from services.gateway.domain import api_key
from services.gateway.domain.access import SCOPES
from services.gateway.store import clients
from shared.contracts import ID_PATTERN
from shared.local_time import LOCAL_ZONE
from shared.postgres import GONE, Connection, MigrationFailed, open_pool
from shared.settings import PostgresSettings, stop_if_bad

AnswerT = TypeVar("AnswerT")

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

# It goes into a header and, as `decided_by`, into the log.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who it is for, e.g. cong-thong-tin: a-z, 0-9, -.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated: {', '.join(SCOPES)}.")
    ] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="Every scope.")] = False,
    unit: Annotated[
        list[str] | None,
        typer.Option(help="Unit that the key is bound to, with those under it; may be repeated."),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day on which it no longer holds."),
    ] = None,
) -> None:
    """Make a key and print it, once: it cannot be shown again."""
    scopes = list(SCOPES) if all_scopes else sorted(set(scope or ()))
    unknown = sorted(set(scopes) - set(SCOPES))
    if not _NAME.fullmatch(name):
        _refuse("--name: use a-z, 0-9 and -, at most 63 characters")
    if not scopes or unknown:
        told = f"unknown scope {unknown[0]}" if unknown else "name at least one"
        _refuse(f"--scope: {told}; there are {', '.join(SCOPES)}, or --all-scopes")
    for one in unit or ():
        if not re.fullmatch(ID_PATTERN, one):
            _refuse(f"--unit: {one!r} can be no unit's id: use a-z, 0-9 and -")
    ends = datetime.combine(expires.date(), time(), LOCAL_ZONE) if expires else None
    key = api_key.new_key()

    async def add(connection: Connection) -> UUID:
        return await clients.add_client(
            connection, name, api_key.digest(key), key[-4:], scopes, unit, ends
        )

    client_id = _run(add)
    print(f"client {client_id} ({name}): keep the key, it is not stored", file=sys.stderr)
    print(key)


@app.command(name="list")
def list_keys() -> None:
    """Show all clients; of a key only its last four characters."""
    for one in _run(clients.list_clients):
        state = "revoked" if one.revoked_at else "expires" if one.expires_at else "holds"
        when = one.revoked_at or one.expires_at
        units = ",".join(one.unit_ids) if one.unit_ids else "all units"
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
        ended = f" {when:%Y-%m-%d}" if when else ""
        scopes = ",".join(one.scopes)
        print(f"{one.client_id}  {one.name}  …{one.key_tail}  {state}{ended}  {used}")
        print(f"    {scopes}  {units}")


@app.command()
def revoke(client_id: Annotated[UUID, typer.Argument(help="As `keys list` shows it.")]) -> None:
    """Make a key worthless, within the seconds of CANDOI_GATEWAY_KEY_CACHE_SECONDS."""

    async def end(connection: Connection) -> bool:
        return await clients.revoke_client(connection, client_id)

    if not _run(end):
        _refuse(f"{client_id}: no such client, or revoked already")
    print("revoked", file=sys.stderr)


def _refuse(message: str) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(2)


def _run(act: Callable[[Connection], Awaitable[AnswerT]]) -> AnswerT:
    stop_if_bad(PostgresSettings)

    async def connected() -> AnswerT:
        async with (
            open_pool(PostgresSettings(), "gateway", MIGRATIONS) as pool,
            pool.acquire() as connection,
        ):
            return await act(connection)

    try:
        return uvloop.run(connected())
    except (*GONE, MigrationFailed) as error:
        print(f"the database of CANDOI_POSTGRES_DSN does not answer: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
