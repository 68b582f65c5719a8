"""Groups of like length: complete, bounded, little padding."""

from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.batch import by_length

COUNTS = st.lists(st.integers(1, 600), max_size=80)


@given(COUNTS, st.integers(1, 32), st.integers(1, 5_000))
def test_each_text_stands_in_one_group(counts: list[int], rows: int, padded: int) -> None:
    groups = by_length(counts, rows, padded)
    assert sorted(position for group in groups for position in group) == [*range(len(counts))]


@given(COUNTS, st.integers(1, 32), st.integers(1, 5_000))
def test_no_group_is_larger_than_allowed(counts: list[int], rows: int, padded: int) -> None:
    for group in by_length(counts, rows, padded):
        assert 1 <= len(group) <= rows
        assert len(group) == 1 or len(group) * max(counts[one] for one in group) <= padded


@given(COUNTS, st.integers(1, 32), st.integers(1, 5_000))
def test_lengths_rise_from_group_to_group(counts: list[int], rows: int, padded: int) -> None:
    lengths = [counts[one] for group in by_length(counts, rows, padded) for one in group]
    assert lengths == sorted(lengths)


def test_a_text_over_the_bound_goes_alone() -> None:
    assert by_length([900, 10, 10], rows_max=8, padded_tokens_max=100) == [[1, 2], [0]]


def test_no_texts_make_no_groups() -> None:
    assert by_length([], 8, 100) == []
