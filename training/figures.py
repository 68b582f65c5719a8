"""What is measured of a model, as values.

In: nothing. Out: the figures that `head.py` measures and `bundle.py` writes down.
"""

from dataclasses import dataclass

FOLDS, REPEATS = 5, 2


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over REPEATS cross-validations; `confidence_threshold` sends `review_share` of the
    posts to review."""

    macro_f1: float
    macro_f1_deviation: float
    accuracy: float
    f1: dict[str, float]
    temperature: float
    expected_calibration_error: float
    confidence_threshold: float
    review_share: float
    errors_in_review_share: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the finished model makes of posts that nothing was trained on. The shares are
    those of `tieu_cuc`, 0..1: as labelled, and as the model counts them."""

    posts: int
    macro_f1: float
    f1: dict[str, float]
    negative_share: float
    counted_negative_share: float
    expected_calibration_error: float
