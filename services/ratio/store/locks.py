"""Locks that hold until their transaction ends.

In: what must be done by one at a time. Out: nothing; the next one waits.
"""

from uuid import UUID

from shared.postgres import Connection

# Any numbers that nothing else on this server locks with.
_POSTS = 830_1507
_ACTS = 830_1508

LOCK = "SELECT pg_advisory_xact_lock($1, hashtext($2))"


async def lock_post(connection: Connection, post_id: UUID) -> None:
    """Let no other decision on this post be taken until the transaction ends."""
    await connection.execute(LOCK, _POSTS, str(post_id))


async def lock_act(connection: Connection, subject: str) -> None:
    """Let the centre decide nothing else on this policy or window until the transaction ends."""
    await connection.execute(LOCK, _ACTS, subject)
