"""A word weighs what the label loses without it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.occlusion import STRETCHES_MAX, stretches, weighed, without
from services.classify.domain.words import Token

WORDS = st.lists(st.text("aạbc,.", min_size=1, max_size=6), max_size=120)


@given(WORDS)
def test_each_word_stands_in_one_stretch_and_there_are_few(words: list[str]) -> None:
    line = " ".join(words)
    found = stretches(line)
    assert len(found) <= STRETCHES_MAX
    assert [line[start:end] for stretch in found for start, end in stretch] == words


def test_of_a_caption_each_word_is_left_out_alone() -> None:
    assert [len(stretch) for stretch in stretches("Bắt nhóm trộm xe")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("at", "rest"), [(0, "nhóm trộm xe"), (1, "Bắt trộm xe"), (3, "Bắt nhóm trộm")]
)
def test_the_rest_reads_as_if_the_word_had_not_been_written(at: int, rest: str) -> None:
    line = "Bắt nhóm trộm xe"
    assert without(line, stretches(line)[at]) == rest


def test_the_words_of_a_stretch_share_what_the_label_loses() -> None:
    tokens = weighed(5.0, [([(0, 3)], 2.0), ([(4, 8), (9, 11)], 6.0)])
    assert tokens == [Token(0, 3, 3.0), Token(4, 8, -0.5), Token(9, 11, -0.5)]
