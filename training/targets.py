"""What the network is to say of the labelled posts.

In: examples with their labels, and what the two blind passes said. Out: targets. Where the passes
differ, the target is between them: such posts are open to a careful reader too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.posts import Example

SMOOTHING = 0.03
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Target:
    """What the network shall say of a text: probabilities of the labels and of the topics, how
    much the text and its topic count, and what the way it was chosen adds to the labels' logits."""

    labels: Floats
    topics: Floats
    weight: float
    topic_weight: float
    shift: Floats


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. `layer_decay`: each lower layer learns by so much less. `still_layers`: so many
    of the lowest do not learn at all, nor does what is below them."""

    epochs: int
    rate: float
    rows: int
    tokens_max: int
    layer_decay: float
    seed: int
    vary: bool = True
    still_layers: int = 0


def hard(
    examples: Sequence[Example],
    readings: Mapping[str, tuple[str, ...]],
    labels: Sequence[str],
    topics: Sequence[str],
    shift: NDArray[np.float32],
    weight: float = 1.0,
) -> list[Target]:
    """A target for each example; `shift` as `shift_of` gives it for the set they belong to."""
    return [
        _target(one, readings.get(one.post_id, ()), labels, topics, shift, weight)
        for one in examples
    ]


def _target(
    one: Example,
    passes: tuple[str, ...],
    labels: Sequence[str],
    topics: Sequence[str],
    shift: NDArray[np.float32],
    weight: float,
) -> Target:
    wanted = np.zeros(len(labels), np.float32)
    # The label that stands counts half, each of the blind passes a quarter.
    said = (one.label, one.label, *(passes or (one.label, one.label)))
    for label in said:
        wanted[labels.index(label)] += 1 / len(said)
    of_topics = np.full(len(topics), 1 / max(1, len(topics)), np.float32)
    if one.topic:
        of_topics = np.eye(len(topics), dtype=np.float32)[topics.index(one.topic)]
    smooth = wanted * (1 - SMOOTHING) + SMOOTHING / len(labels)
    return Target(smooth, of_topics, weight, float(one.topic is not None) * weight, shift)


def shift_of(
    examples: Sequence[Example], random: Sequence[Example], labels: Sequence[str]
) -> NDArray[np.float32]:
    """What a set that was not drawn at random adds to the logits: the logarithm of how much more
    often it has each label. Trained with it, the network learns the mix of the random posts."""
    return np.log(_mix(examples, labels) / _mix(random, labels)).astype(np.float32)


def _mix(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.float64]:
    counts = np.array([sum(one.label == label for one in examples) for label in labels])
    return counts / counts.sum()
