"""What is trained for, where readers differ and where posts were chosen."""

import numpy as np
import pytest

from training.posts import Example
from training.targets import SMOOTHING, hard, shift_of

LABELS, TOPICS = ("tich_cuc", "trung_tinh", "tieu_cuc"), ("tai_nan", "khac")
ZERO = np.zeros(3, np.float32)


def an_example(label: str, topic: str | None = None) -> Example:
    return Example("vn-1", "Một tin", label, topic)


def test_where_the_passes_differ_the_target_lies_between_them() -> None:
    readings = {"vn-1": ("tich_cuc", "trung_tinh")}
    (target,) = hard([an_example("trung_tinh")], readings, LABELS, TOPICS, ZERO)
    wanted = np.array([0.25, 0.75, 0.0]) * (1 - SMOOTHING) + SMOOTHING / 3
    assert target.labels == pytest.approx(wanted)


def test_a_topic_counts_only_for_a_negative_post() -> None:
    posts = [an_example("tieu_cuc", "khac"), an_example("tich_cuc")]
    negative, positive = hard(posts, {}, LABELS, TOPICS, ZERO)
    assert (negative.topic_weight, negative.topics.tolist()) == (1.0, [0.0, 1.0])
    assert positive.topic_weight == 0.0


def test_chosen_posts_carry_how_much_more_often_they_have_a_label() -> None:
    random = [an_example(label) for label in (*LABELS, "tieu_cuc")]
    chosen = [an_example(label) for label in ("tich_cuc", *LABELS)]
    assert shift_of(chosen, random, LABELS) == pytest.approx(np.log([2, 1, 0.5]))
