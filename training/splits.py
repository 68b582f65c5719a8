"""Which posts are trained on, which the settings are chosen on, and which only test.

In: labels and texts. Out: four sets that share no post, by a hash of the id: always the same
posts, whatever is added.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training import posts
from training.posts import Example

DEV, HIDDEN, OF = 0, 1, 6  # a sixth of the random posts each


@dataclass(frozen=True, slots=True)
class Sets:
    """`random`, `chosen`, `written` train; on `dev`, a sixth of the random posts and a tenth of the
    written ones, temperature and thresholds are chosen; nothing is chosen by what is in `tests`."""

    random: Sequence[Example]
    chosen: Sequence[Example]
    written: Sequence[Example]
    dev: Sequence[Example]
    tests: Mapping[str, Sequence[Example]]

    def trained(self) -> list[Example]:
        """All that is trained on."""
        return [*self.random, *self.chosen, *self.written]


def part_of(post_id: str) -> int:
    """0..OF - 1, by a hash of the id."""
    return hashlib.sha256(f"split {post_id}".encode()).digest()[0] % OF


def read(pool: Path, gold: Path, labels: Path, written: Path) -> Sets:
    """All sets. Raises ValueError if a post is in two of them."""
    drawn = posts.examples(pool, labels / "pool.csv")
    parts = {one.post_id: part_of(one.post_id) for one in drawn}
    local = posts.written(written)
    sets = Sets(
        random=[one for one in drawn if parts[one.post_id] > HIDDEN],
        chosen=posts.examples(pool, labels / "chosen.csv"),
        written=[one for one in local if not posts.is_held_out(one)],
        dev=[
            *(one for one in drawn if parts[one.post_id] == DEV),
            *(one for one in local if posts.is_for_choosing(one)),
        ],
        tests={
            "gold": posts.examples(pool, gold),
            "hidden": [one for one in drawn if parts[one.post_id] == HIDDEN],
            "local": [
                one for one in local if posts.is_held_out(one) and not posts.is_for_choosing(one)
            ],
        },
    )
    _check_apart(sets)
    return sets


def _check_apart(sets: Sets) -> None:
    kept = {one.text for one in (*sets.dev, *(one for test in sets.tests.values() for one in test))}
    shared = [one.post_id for one in sets.trained() if one.text in kept]
    if shared:
        raise ValueError(f"{shared[0]} is to be trained on and tested on")


def readings(labels: Path) -> dict[str, tuple[str, ...]]:
    """The labels that the two blind passes gave a post, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for name in ("pool.csv", "chosen.csv", "posts.csv"):
        with (labels / name).open(encoding="utf-8", newline="") as lines:
            found |= {row["id"]: (row["label_a"], row["label_b"]) for row in csv.DictReader(lines)}
    return found
