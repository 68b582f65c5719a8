"""The first stage settles what it is sure of, and not more than the dev posts allow."""

import numpy as np
import pytest

from training.cascade import (
    NEVER,
    Said,
    choose,
    early_from,
    settled,
    settles_from,
    together,
)


def said(posts: int = 4_000, knows: float = 2.0) -> tuple[Said, np.ndarray]:
    """An encoder that is right, a first stage that is the righter the surer it is."""
    chance = np.random.default_rng(2)
    true = chance.integers(0, 3, posts)
    powers = np.exp(2 * (knows * np.eye(3)[true] + chance.normal(size=(posts, 3))))
    knowing = powers / powers.sum(axis=1, keepdims=True)
    return Said(knowing, knowing, np.eye(3)[true] * 0.97 + 0.01), true


def test_settled_posts_agree_with_the_encoder_as_often_as_asked() -> None:
    both, _ = said()
    quick = settled(both.first, settles_from(both, 0.95))
    same = both.first.argmax(1) == both.encoder.argmax(1)
    assert 0.05 < quick.mean() < 0.95
    assert same[quick].mean() == pytest.approx(0.95, abs=0.02)


def test_a_label_on_which_the_first_stage_errs_is_never_settled() -> None:
    both, _ = said()
    wrong = both.first.copy()
    wrong[:, [0, 1]] = wrong[:, [1, 0]]
    settles = settles_from(Said(wrong, wrong, both.encoder), 0.9)
    assert settles[:2] == [NEVER, NEVER]
    assert settles[2] < NEVER


def test_what_is_not_settled_is_the_encoders() -> None:
    first = np.array([[0.9, 0.1, 0.0], [0.5, 0.3, 0.2]])
    encoder = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert together(Said(first, first, encoder), [0.8, 0.8, 0.8]).argmax(1).tolist() == [0, 1]


def test_thresholds_rise_until_the_dev_posts_lose_little() -> None:
    both, true = said()
    settles = choose(both, both, true)
    found = together(both, settles).argmax(1)
    assert settled(both.first, settles).mean() > 0.05
    assert (found == true).mean() >= 0.99


def test_what_the_dev_posts_hide_the_unlabelled_ones_show() -> None:
    both, true = said()
    # Of three dev posts all are right in either stage: they alone would let everything be settled.
    few = Said(both.encoder[:3], both.encoder[:3], both.encoder[:3])
    found = together(both, choose(both, few, true[:3])).argmax(1)
    assert (found != both.encoder.argmax(1)).mean() <= 0.02


def test_a_first_stage_that_knows_nothing_settles_nothing() -> None:
    both, true = said(knows=0.0)
    assert settled(both.first, choose(both, both, true)).mean() < 0.02


NOTHING = [NEVER] * 3  # is settled by the first stage


def test_the_exit_stands_where_it_differs_little_from_all_layers() -> None:
    both, true = said()
    least = early_from(both, both, true, NOTHING)
    found = together(both, NOTHING, least)
    assert (both.early.max(1) >= least).mean() > 0.2
    assert 0.001 < (found.argmax(1) != both.encoder.argmax(1)).mean() <= 0.01


def test_what_the_first_stage_settles_is_not_held_against_the_exit() -> None:
    both, true = said()
    # The first stage settles, rightly, what the exit errs in.
    errs = both.early.argmax(1) != both.encoder.argmax(1)
    before = Said(np.where(errs[:, None], both.encoder, 1 / 3), both.early, both.encoder)
    with_first = early_from(before, before, true, [0.9] * 3)
    assert with_first < early_from(both, both, true, NOTHING)


def test_an_exit_that_knows_nothing_never_stands() -> None:
    both, true = said(knows=0.0)
    assert (both.early.max(1) >= early_from(both, both, true, NOTHING)).mean() < 0.02
