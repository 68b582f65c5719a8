"""Soft labels: what the teacher makes of posts that nobody has labelled.

In: a network or graph that judges texts, ids and texts. Out: a table of logits, as
long as time allowed; a later run goes on where the last one ended.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from training.judge import Outputs
from training.scores import softmax

SHARD = 1_024
Tell = Callable[[str], None]


def label_all(
    judge: Callable[[Sequence[str]], Outputs],
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
        np.savez(shard.with_suffix(".part.npz"), ids=part, labels=found.labels, topics=found.topics)
        # In one step: half a shard must not look like a whole one.
        shard.with_suffix(".part.npz").replace(shard)
        made += len(part)
        rate = made / (monotonic() - begun)
        done = start + len(part)
        left = (len(ids) - done) / rate / 60
        tell(f"soft labels: {done} of {len(ids)}, {rate:.0f} posts/s, {left:.0f} min left")


def read(folder: Path) -> tuple[list[str], Outputs]:
    """Ids and outputs of all shards that are there. Raises FileNotFoundError if there are none."""
    shards = [np.load(file) for file in sorted(folder.glob("*[0-9].npz"))]
    if not shards:
        raise FileNotFoundError(f"{folder} has no soft labels yet")
    ids = [str(one) for shard in shards for one in shard["ids"]]
    labels, topics = (
        np.concatenate([shard[name] for shard in shards]) for name in ("labels", "topics")
    )
    return ids, Outputs(labels, topics)


def targets_of(outputs: Outputs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities of labels and of topics."""
    labels, topics = softmax(outputs.labels), softmax(outputs.topics)
    return labels.astype(np.float32), topics.astype(np.float32)
