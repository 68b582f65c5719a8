"""What cross-validation says of a model, as values.

In: nothing. Out: the figures that `head.py` measures and `bundle.py` writes down.
"""

from dataclasses import dataclass

FOLDS, REPEATS = 5, 5


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
