"""Scores, by examples counted by hand."""

import numpy as np
import pytest

from training.scores import calibration_error, f1_of_each, macro_f1, softmax


def test_probabilities_of_a_row_sum_to_one_also_for_great_logits() -> None:
    chances = softmax(np.array([[1_000.0, 1_000.0], [0.0, np.log(3)]]))
    assert chances == pytest.approx(np.array([[0.5, 0.5], [0.25, 0.75]]))


def test_f1_counts_both_kinds_of_error() -> None:
    true, found = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
    assert f1_of_each(true, found, 4) == pytest.approx([2 / 3, 2 / 3, 1.0, 0.0])


def test_a_label_that_nobody_has_does_not_lower_macro_f1() -> None:
    assert macro_f1(np.array([0, 2]), np.array([0, 2])) == 1.0


def test_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    confidence, right = np.array([0.95, 0.95, 0.55, 0.55]), np.array([True, True, False, True])
    assert calibration_error(confidence, right) == pytest.approx(0.05)
