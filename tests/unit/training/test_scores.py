"""Scores, by examples counted by hand."""

import numpy as np
import pytest

from training.scores import (
    calibration_error,
    calibration_error_by_chance,
    f1_of_each,
    kappa,
    macro_f1,
    softmax,
)


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


def test_few_posts_show_an_error_even_where_every_confidence_is_right() -> None:
    few, many = np.full(50, 0.8), np.full(20_000, 0.8)
    # Of 50 such posts 40 are right, give or take 2.8: on average 2.26 too many or too few.
    assert calibration_error_by_chance(few) == pytest.approx(0.045, abs=0.006)
    assert calibration_error_by_chance(many) < 0.005


def test_kappa_is_the_agreement_beyond_chance() -> None:
    one, other = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0])
    # Three of four are the same; by chance 1/2 x 3/4 + 1/2 x 1/4 would be.
    assert kappa(one, other) == pytest.approx((0.75 - 0.5) / 0.5)
    assert kappa(one, one) == 1.0
