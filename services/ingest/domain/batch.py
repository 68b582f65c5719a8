"""What one batch says twice.

In: the posts of a batch in order. Out: in which waves they go to the log, and which only repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.contracts import Post


@dataclass(frozen=True, slots=True)
class Plan:
    """`waves`: positions to send, each post once a wave, its revisions in the order of the batch.
    `repeats`: positions that say again what an earlier position says."""

    waves: Sequence[Sequence[int]]
    repeats: dict[int, int]


def plan(posts: Sequence[Post | None]) -> Plan:
    """Positions of the posts, None being what was refused.

    Nearly always one wave holds all. A batch that edits a post and edits it back needs three:
    each revision must be acknowledged before the next is intended.
    """
    waves: list[list[int]] = []
    sent: dict[UUID, list[int]] = {}
    repeats: dict[int, int] = {}
    for position, post in enumerate(posts):
        if post is None:
            continue
        before = sent.setdefault(post.post_id, [])
        last = posts[before[-1]] if before else None
        if last is not None and last.revision == post.revision:
            repeats[position] = before[-1]
            continue
        if len(before) == len(waves):
            waves.append([])
        waves[len(before)].append(position)
        before.append(position)
    return Plan(waves, repeats)
