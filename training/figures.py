"""What is measured of a model, as values.

In: probabilities and true labels. Out: figures that `bundle.json` and the table carry.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import scores, shift

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one set of posts. `calibration_error_by_chance` is what probabilities that are exactly
    right would show on so few posts, on average. The shares are those of `tieu_cuc`, 0..1: as
    labelled, as the model counts them, and as it would count them after the correction for this
    set's own mix."""

    posts: int
    macro_f1: float
    f1: dict[str, float]
    negative_share: float
    counted_negative_share: float
    corrected_negative_share: float
    expected_calibration_error: float
    calibration_error_by_chance: float
    review_share: float
    errors_in_review_share: float


def measure(
    chances: Floats,
    true: NDArray[np.int64],
    labels: Sequence[str],
    threshold: float,
    trained_mix: Sequence[float],
) -> Figures:
    """All figures of the probabilities [posts, labels]."""
    found = chances.argmax(1)
    each = scores.f1_of_each(true, found, len(labels))
    negative = labels.index("tieu_cuc")
    confidence, right = chances.max(1), found == true
    reviewed = confidence < threshold
    trained = np.array(trained_mix)
    corrected = shift.corrected(chances, trained, shift.mix_of(chances, trained))
    return Figures(
        posts=len(true),
        macro_f1=float(np.mean(each)),
        f1={name: float(value) for name, value in zip(labels, each, strict=True)},
        negative_share=float((true == negative).mean()),
        counted_negative_share=float((found == negative).mean()),
        corrected_negative_share=float((corrected.argmax(1) == negative).mean()),
        expected_calibration_error=scores.calibration_error(confidence, right),
        calibration_error_by_chance=scores.calibration_error_by_chance(confidence),
        review_share=float(reviewed.mean()),
        errors_in_review_share=float(reviewed[~right].mean()) if (~right).any() else 1.0,
    )
