"""The share under another mix: found without labels."""

import numpy as np
import pytest

from training.shift import corrected, mix_of

TRAINED = np.array([0.2, 0.4, 0.4])


def posts_of(mix: list[float], count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """True labels of the mix, and the probabilities that a model of the mix TRAINED gives them."""
    chance = np.random.default_rng(1)
    true = chance.choice(3, count, p=mix)
    evidence = chance.normal(size=(count, 3)) + 1.5 * np.eye(3)[true]
    powers = TRAINED * np.exp(1.5 * evidence)
    return true, powers / powers.sum(axis=1, keepdims=True)


def test_the_mix_of_other_posts_is_found_without_their_labels() -> None:
    mix = [0.6, 0.3, 0.1]
    _, chances = posts_of(mix)
    assert mix_of(chances, TRAINED) == pytest.approx(mix, abs=0.015)


def test_the_correction_brings_the_counted_share_nearer() -> None:
    true, chances = posts_of([0.6, 0.3, 0.1])
    share = (true == 2).mean()
    after = corrected(chances, TRAINED, mix_of(chances, TRAINED))
    before_gap, after_gap = (abs((one.argmax(1) == 2).mean() - share) for one in (chances, after))
    assert after_gap < before_gap / 2


def test_the_mix_that_was_trained_on_changes_nothing() -> None:
    _, chances = posts_of([0.2, 0.4, 0.4], 10)
    assert corrected(chances, TRAINED, TRAINED) == pytest.approx(chances)
