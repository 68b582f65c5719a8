"""The share of each label under another mix than the one that was trained on.

In: probabilities for many posts of one channel or unit. Out: the mix that explains them best, and
what it adds to the logits.

Source: Saerens, Latinne, Decaestecker, Neural Computation 14 (2002), 21-41.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS, ENOUGH = 200, 1e-6


def mix_of(chances: Floats, trained_mix: Floats) -> Floats:
    """The mix [labels] among posts whose probabilities [posts, labels] were found by a model of
    the mix `trained_mix`; expectation and maximisation in turn."""
    mix = trained_mix
    for _ in range(ROUNDS):
        before, mix = mix, corrected(chances, trained_mix, mix).mean(axis=0)
        if np.abs(mix - before).max() < ENOUGH:
            break
    return mix


def corrected(chances: Floats, trained_mix: Floats, mix: Floats) -> Floats:
    """The probabilities [posts, labels] under the mix."""
    weighted = chances * (mix / trained_mix)
    return weighted / weighted.sum(axis=1, keepdims=True)
