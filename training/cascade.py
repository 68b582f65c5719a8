"""When the first stage's word is enough, and when the encoder's early one.

In: what all of them say of the same posts. Out: for each label the confidence from which the first
stage settles a post, that from which the early exit does, and what they say together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import scores

# The least share of settled posts on which the encoder must agree; the lowest that holds is taken.
AGREEMENTS = tuple(thousandth / 1_000 for thousandth in range(950, 995, 5))
# The share of all posts on which the cascade and the encoder may differ: the dev posts alone are
# too few to show a loss of a point.
DIFFER_MAX = 0.02
LOSS_MAX = 0.005  # of macro-F1 on the dev posts; half of what is allowed, for dev posts are few
NEVER = 1.0
NOT_EARLY = 2.0  # no probability is as high
# The same for what the early exit adds to that.
EARLY_DIFFER_MAX, EARLY_LOSS_MAX = 0.01, 0.008
LEAST_POSTS = 50  # a share over fewer settled posts means nothing
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Said:
    """Calibrated probabilities [posts, labels] of the first stage, of the encoder's early exit, and
    of all its layers."""

    first: Floats
    early: Floats
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


def together(said: Said, settles: list[float], sure_from: float = NOT_EARLY) -> Floats:
    """The cascade's probabilities."""
    soon = (said.early.max(1) >= sure_from)[:, None]
    encoder = np.where(soon, said.early, said.encoder)
    return np.where(settled(said.first, settles)[:, None], said.first, encoder)


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


def early_from(unlabelled: Said, dev: Said, true: NDArray[np.int64], settles: list[float]) -> float:
    """The least probability at which the early exit may stand behind the first stage: few verdicts
    on the unlabelled posts differ by it, and little is lost on the dev posts."""
    alone = scores.macro_f1(true, dev.encoder.argmax(1))
    without = together(unlabelled, settles).argmax(1)
    for percent in range(50, 100):
        differ = together(unlabelled, settles, percent / 100).argmax(1) != without
        both = scores.macro_f1(true, together(dev, settles, percent / 100).argmax(1))
        if differ.mean() <= EARLY_DIFFER_MAX and both >= alone - EARLY_LOSS_MAX:
            return percent / 100
    return NOT_EARLY


def chances(logits: Floats, temperature: float) -> Floats:
    """Probabilities after the temperature."""
    return scores.softmax(logits / temperature)
