"""The heads: label and topic of a vector, by logistic regression, with honest figures.

In: vectors and labels. Out: weights, and what cross-validation says of them: every figure is of
posts that the head in question has not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from training.figures import FOLDS, REPEATS, Figures, HeldOut

# Strength of the penalty, chosen anew inside each training part.
STRENGTHS = (3.0, 10.0, 30.0, 100.0)
REVIEW_SHARE = 0.15
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` [outputs, hidden] and `shifts` [outputs], in the order of the given names."""

    weights: Floats
    shifts: Floats


def train(
    vectors: NDArray[np.float32], names: Sequence[str], order: Sequence[str], seed: int
) -> Head:
    """The head over all examples; outputs in `order`."""
    model = _fit(vectors, np.array(names), seed)
    rows = [list(model.classes_).index(name) for name in order]
    return Head(model.coef_[rows], model.intercept_[rows])


def _fit(vectors: NDArray[np.float32], names: NDArray[np.str_], seed: int) -> LogisticRegression:
    search = GridSearchCV(
        # Not weighted by class: the share of negatives must come out right, not only each label.
        LogisticRegression(max_iter=2_000),
        {"C": STRENGTHS},
        scoring="f1_macro",
        cv=StratifiedKFold(3, shuffle=True, random_state=seed),
    )
    search.fit(vectors, names)
    return search.best_estimator_


def out_of_fold(
    vectors: NDArray[np.float32], names: Sequence[str], order: Sequence[str], seed: int
) -> Floats:
    """Logits [posts, outputs] of each post by a head that was trained without it."""
    true = np.array(names)
    logits = np.zeros((len(true), len(order)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for inside, outside in folds.split(vectors, true):
        head = train(vectors[inside], true[inside].tolist(), order, seed)
        logits[outside] = vectors[outside] @ head.weights.T + head.shifts
    return logits


def measure(
    vectors: NDArray[np.float32], names: Sequence[str], order: Sequence[str], seed: int
) -> Figures:
    """All figures, means over REPEATS cross-validations."""
    true = np.array([order.index(name) for name in names])
    runs = [out_of_fold(vectors, names, order, seed + repeat) for repeat in range(REPEATS)]
    macro = [f1_score(true, run.argmax(1), average="macro") for run in runs]
    each = np.mean([f1_score(true, run.argmax(1), average=None) for run in runs], axis=0)
    every, truth = np.concatenate(runs), np.tile(true, REPEATS)
    temperature = best_temperature(every, truth)
    probabilities = softmax(every / temperature, axis=1)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    threshold = round(float(np.quantile(confidence, REVIEW_SHARE)), 3)
    reviewed = confidence < threshold
    return Figures(
        macro_f1=float(np.mean(macro)),
        macro_f1_deviation=float(np.std(macro)),
        accuracy=float(accuracy_score(truth, every.argmax(1))),
        f1={name: float(value) for name, value in zip(order, each, strict=True)},
        temperature=temperature,
        expected_calibration_error=calibration_error(confidence, right),
        confidence_threshold=threshold,
        review_share=float(reviewed.mean()),
        errors_in_review_share=float(reviewed[~right].mean()),
    )


def test(
    head: Head,
    temperature: float,
    vectors: NDArray[np.float32],
    names: Sequence[str],
    order: Sequence[str],
) -> HeldOut:
    """The finished head on posts that it has never seen."""
    true = np.array([order.index(name) for name in names])
    logits = vectors @ head.weights.T + head.shifts
    chances, found = softmax(logits / temperature, axis=1), logits.argmax(1)
    each = f1_score(true, found, average=None, labels=range(len(order)))
    negative = order.index("tieu_cuc")
    return HeldOut(
        posts=len(true),
        macro_f1=float(np.mean(each)),
        f1={name: float(value) for name, value in zip(order, each, strict=True)},
        negative_share=float((true == negative).mean()),
        counted_negative_share=float((found == negative).mean()),
        expected_calibration_error=calibration_error(chances.max(1), found == true),
    )


def best_temperature(logits: Floats, true: NDArray[np.int64]) -> float:
    """What logits must be divided by so that probabilities are right on average."""

    def loss(temperature: float) -> float:
        chances = log_softmax(logits / temperature, axis=1)
        return float(-chances[np.arange(len(true)), true].mean())

    return round(float(minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x), 3)


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over equal bins of confidence, 0..1."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == one].mean() - right[places == one].mean()) * (places == one).mean()
        for one in range(bins)
        if (places == one).any()
    ]
    return float(sum(gaps))


def topic_macro_f1(
    vectors: NDArray[np.float32], names: Sequence[str], order: Sequence[str], seed: int
) -> float:
    """Macro-F1 over all topics, those with a handful of posts included."""
    true = np.array([order.index(name) for name in names])
    logits = out_of_fold(vectors, names, order, seed)
    return float(f1_score(true, logits.argmax(1), average="macro"))
