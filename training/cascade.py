"""When the first stage's word is enough.

In: what both stages say of the same posts. Out: for each label the confidence from which the first
stage settles a post, and what the two say together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import scores

# The least share of settled posts on which the encoder must agree; the lowest that holds is taken.
AGREEMENTS = (0.95, 0.96, 0.97, 0.98, 0.99)
# The share of all posts on which the cascade and the encoder may differ: the dev posts alone are
# too few to show a loss of a point.
DIFFER_MAX = 0.02
LOSS_MAX = 0.005  # of macro-F1 on the dev posts; half of what is allowed, for dev posts are few
NEVER = 1.0
LEAST_POSTS = 50  # a share over fewer settled posts means nothing
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Said:
    """Calibrated probabilities [posts, labels] of the first stage and of the encoder."""

    first: Floats
    encoder: Floats


def settles_from(said: Said, agreement: float) -> list[float]:
    """For each label the least confidence from which on the encoder agrees so often."""
    found = said.first.argmax(1)
    same = found == said.encoder.argmax(1)
    return [
        _least(said.first[found == label, label], same[found == label], agreement)
        for label in range(said.first.shape[1])
    ]


def _least(confidence: Floats, same: NDArray[np.bool_], agreement: float) -> float:
    order = np.argsort(-confidence)
    shares = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares[LEAST_POSTS:] >= agreement)
    if not len(good):
        return NEVER
    # Rounded up: what is just below must not be settled.
    return round(float(np.ceil(confidence[order][good[-1] + LEAST_POSTS] * 1_000)) / 1_000, 3)


def settled(first: Floats, settles: list[float]) -> NDArray[np.bool_]:
    """Which posts the first stage settles."""
    return first.max(1) >= np.array(settles)[first.argmax(1)]


def together(said: Said, settles: list[float]) -> Floats:
    """The cascade's probabilities."""
    return np.where(settled(said.first, settles)[:, None], said.first, said.encoder)


def choose(unlabelled: Said, dev: Said, true: NDArray[np.int64]) -> list[float]:
    """The thresholds that settle most, differ little on the unlabelled posts, and lose little on
    the dev posts."""
    alone = scores.macro_f1(true, dev.encoder.argmax(1))
    for agreement in AGREEMENTS:
        settles = settles_from(unlabelled, agreement)
        found = together(unlabelled, settles).argmax(1)
        if (found != unlabelled.encoder.argmax(1)).mean() > DIFFER_MAX:
            continue
        both = scores.macro_f1(true, together(dev, settles).argmax(1))
        if both >= alone - LOSS_MAX:
            return settles
    return [NEVER] * dev.first.shape[1]


def chances(logits: Floats, temperature: float) -> Floats:
    """Probabilities after the temperature."""
    return scores.softmax(logits / temperature)
