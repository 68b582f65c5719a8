"""Who may do what, and which units a client sees.

In: a client, a scope, the tree of units. Out: yes, or the refusal that says what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from shared.problems import NotFound, Refusal

Scope = Literal[
    "posts:write",
    "posts:read",
    "reviews:write",
    "units:read",
    "units:write",
    "ratios:read",
    "policies:write",
    "closings:write",
    "alerts:write",
    "classify",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)


class InvalidKey(Refusal):
    """No key, or none that holds."""

    http_status, slug, title = 401, "invalid-key", "Khóa API không hợp lệ"


class InsufficientScope(Refusal):
    """The key is good, but not for this call."""

    http_status, slug, title = 403, "insufficient-scope", "Khóa API thiếu quyền"


class UnknownUnit(NotFound):
    """No unit of that id, or none that the client may see."""

    slug, title, parameter = "unknown-unit", "Không có đơn vị này", "unit_id"


@dataclass(frozen=True, slots=True)
class Client:
    """A system that calls. `unit_ids` None: it sees every unit."""

    client_id: UUID
    name: str
    scopes: frozenset[str]
    unit_ids: frozenset[str] | None


def must_hold(client: Client, scope: Scope) -> None:
    """Raises InsufficientScope."""
    if scope not in client.scopes:
        raise InsufficientScope(
            f"Khóa này không có quyền {scope}; hãy xin trung tâm cấp khóa có quyền đó.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


def visible_units(client: Client, parents: Mapping[str, str | None]) -> frozenset[str] | None:
    """The client's units with all units under them; None means all."""
    if client.unit_ids is None:
        return None
    return client.unit_ids | {
        unit_id for unit_id in parents if _is_under(unit_id, client.unit_ids, parents)
    }


def _is_under(unit_id: str, roots: frozenset[str], parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    at: str | None = unit_id
    while at is not None and at not in seen:
        if at in roots:
            return True
        seen.add(at)
        at = parents.get(at)
    return False
