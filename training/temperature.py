"""How logits become probabilities that are right on average.

In: logits and true labels. Out: the temperature.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

Floats = NDArray[np.floating]


def best_temperature(logits: Floats, true: NDArray[np.int64]) -> float:
    """What logits must be divided by so that probabilities are right on average."""

    def loss(temperature: float) -> float:
        chances = log_softmax(logits / temperature, axis=1)
        return float(-chances[np.arange(len(true)), true].mean())

    return round(float(minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x), 3)
