"""Soft labels: what the teacher makes of posts that nobody has labelled.

In: a network that judges texts, ids and texts. Out: a table of logits and of vectors, as long as
time allowed; a later run goes on where the last one ended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from training.scores import softmax

SHARD = 1_024
KEPT_APART = 8  # of so many posts one is kept for choosing the thresholds
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Soft:
    """The teacher's logits [posts, labels] and [posts, topics], and the vectors [posts, hidden]
    which the layers below its early exit give."""

    labels: NDArray[np.floating]
    topics: NDArray[np.floating]
    vectors: NDArray[np.floating]


def label_all(
    judge: Callable[[Sequence[str]], Soft],
    texts: Mapping[str, str],
    folder: Path,
    seconds_max: float,
    tell: Tell,
) -> None:
    """Shards of soft labels in the folder, until all texts have one or the time is over."""
    folder.mkdir(parents=True, exist_ok=True)
    ids, begun, made = list(texts), monotonic(), 0
    for start in range(0, len(ids), SHARD):
        shard = folder / f"{start:07}.npz"
        if shard.exists():
            continue
        if monotonic() - begun > seconds_max:
            break
        part = ids[start : start + SHARD]
        found = judge([texts[one] for one in part])
        np.savez(
            shard.with_suffix(".part.npz"),
            ids=part,
            labels=found.labels,
            topics=found.topics,
            vectors=found.vectors.astype(np.float16),
        )
        # In one step: half a shard must not look like a whole one.
        shard.with_suffix(".part.npz").replace(shard)
        made += len(part)
        rate = made / (monotonic() - begun)
        done = start + len(part)
        left = (len(ids) - done) / rate / 60
        tell(f"soft labels: {done} of {len(ids)}, {rate:.0f} posts/s, {left:.0f} min left")


def read(folder: Path) -> tuple[list[str], Soft]:
    """Ids and tables of all shards that are there. Raises FileNotFoundError if there are none."""
    shards = [np.load(file) for file in sorted(folder.glob("*[0-9].npz"))]
    if not shards:
        raise FileNotFoundError(f"{folder} has no soft labels yet")
    ids = [str(one) for shard in shards for one in shard["ids"]]
    tables = (
        np.concatenate([shard[name] for shard in shards])
        for name in ("labels", "topics", "vectors")
    )
    return ids, Soft(*tables)


def is_to_learn(count: int) -> NDArray[np.bool_]:
    """Which of so many posts are learnt from; the others are kept apart."""
    return np.arange(count) % KEPT_APART != 0


def targets_of(found: Soft) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities of labels and of topics."""
    labels, topics = softmax(found.labels), softmax(found.topics)
    return labels.astype(np.float32), topics.astype(np.float32)
