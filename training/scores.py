"""Scores of verdicts.

In: probabilities or found labels, and true labels. Out: F1, calibration error, 0..1.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


def softmax(logits: Floats) -> Floats:
    """Probabilities of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def f1_of_each(true: Ints, found: Ints, labels: int) -> list[float]:
    """F1 of each label; 0 for one that neither has."""
    scores: list[float] = []
    for label in range(labels):
        both = int(((true == label) & (found == label)).sum())
        either = int((true == label).sum() + (found == label).sum())
        scores.append(2 * both / either if either else 0.0)
    return scores


def macro_f1(true: Ints, found: Ints) -> float:
    """Mean F1 of the labels that occur among the true or the found."""
    labels = np.union1d(true, found)
    places = (np.searchsorted(labels, one) for one in (true, found))
    return float(np.mean(f1_of_each(*places, labels=len(labels))))


def kappa(one: Ints, other: Ints) -> float:
    """Cohen's: the agreement beyond what chance alone would give, 1 where all are the same."""
    names = np.union1d(one, other)
    by_chance = sum(float((one == name).mean() * (other == name).mean()) for name in names)
    return 1.0 if by_chance == 1 else float(((one == other).mean() - by_chance) / (1 - by_chance))


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over equal bins of confidence, 0..1."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == one].mean() - right[places == one].mean()) * (places == one).mean()
        for one in range(bins)
        if (places == one).any()
    ]
    return float(sum(gaps))


def calibration_error_by_chance(confidence: Floats, worlds: int = 300) -> float:
    """What `calibration_error` is on average where each verdict is right exactly as often as its
    confidence says: over few posts it is never 0."""
    chance = np.random.default_rng(0)
    rights = chance.random((worlds, len(confidence))) < confidence
    return float(np.mean([calibration_error(confidence, right) for right in rights]))
