"""The heads of the early exit: what all layers say, as far as the lower ones know it.

In: vectors after the exit's layer, the teacher's soft labels. Out: heads. The layers stay as they
are, so that what the exit does not settle is judged as without it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from training import soft
from training.graph import Head, Heads
from training.soft import Soft, targets_of
from training.stages import Source

DECAY, STEPS_MAX = 1e-6, 300
# A vector has length 1: without a factor the weights would have far to go.
SHARPNESS = 10.0
Floats = NDArray[np.float64]
NEGATIVE = 2  # the place of tieu_cuc among the labels


def learnt_from(source: Source) -> Soft:
    """The soft labels of the pool, without those by which thresholds are chosen, and of the
    written posts."""
    (_, pool), (_, written) = soft.read(source.soft), soft.read(source.soft_written)
    use = soft.is_to_learn(len(pool.labels))
    return Soft(
        np.concatenate([pool.labels[use], written.labels]),
        np.concatenate([pool.topics[use], written.topics]),
        np.concatenate([pool.vectors[use], written.vectors]),
    )


def fit(of: Soft) -> Heads:
    """Heads for the labels and, as far as a post is negative, for the topics."""
    labels, topics = targets_of(of)
    vectors = of.vectors.astype(np.float64) * SHARPNESS
    return Heads(
        _head(vectors, labels, np.ones(len(labels))),
        _head(vectors, topics, labels[:, NEGATIVE]),
    )


def _head(vectors: Floats, wanted: NDArray[np.floating], weights: NDArray[np.floating]) -> Head:
    """The linear head whose probabilities are nearest to those wanted (cross-entropy)."""
    start = np.zeros((vectors.shape[1] + 1) * wanted.shape[1])
    found = minimize(
        _loss(vectors, wanted, weights),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": STEPS_MAX},
    )
    table = found.x.reshape(-1, wanted.shape[1])
    return Head(
        np.ascontiguousarray(table[:-1].T * SHARPNESS).astype(np.float32),
        table[-1].astype(np.float32),
    )


def _loss(
    vectors: Floats, wanted: NDArray[np.floating], weights: NDArray[np.floating]
) -> Callable[[Floats], tuple[float, Floats]]:
    share = (weights / weights.sum())[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(-1, wanted.shape[1])
        logs = log_softmax(vectors @ table[:-1] + table[-1], axis=1)
        gap = (np.exp(logs) - wanted) * share
        slope = np.concatenate([vectors.T @ gap, gap.sum(axis=0, keepdims=True)])
        value = -(share * wanted * logs).sum() + DECAY * (table[:-1] ** 2).sum() / 2
        slope[:-1] += DECAY * table[:-1]
        return float(value), slope.ravel()

    return loss
