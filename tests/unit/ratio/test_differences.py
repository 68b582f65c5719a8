"""What differs between a table and the log, in words."""

from services.ratio.store.differences import in_words

KEY, COLUMNS = ("post_id",), ("post_id", "label", "needs_review")


def a_row(side: int, post_id: str = "1", label: str = "tich_cuc") -> dict[str, object]:
    return {"post_id": post_id, "label": label, "needs_review": False, "side": side}


def test_a_row_that_both_sides_have_is_told_by_its_columns() -> None:
    words = in_words(KEY, COLUMNS, [a_row(1), a_row(-1, label="tieu_cuc")])
    assert words == "post_id 1: label is tich_cuc, the log says tieu_cuc"


def test_a_row_that_only_the_table_has_is_too_much() -> None:
    assert in_words(KEY, COLUMNS, [a_row(1)]) == "post_id 1: more than the log says"


def test_another_post_is_not_the_other_side() -> None:
    words = in_words(KEY, COLUMNS, [a_row(1), a_row(-1, post_id="2")])
    assert words == "post_id 1: more than the log says"


def test_a_row_that_only_the_log_has_is_missing() -> None:
    assert in_words(KEY, COLUMNS, [a_row(-1)]) == "post_id 1: missing, the log has it"


def test_a_long_value_is_cut() -> None:
    words = in_words(KEY, COLUMNS, [a_row(1, label="x" * 500), a_row(-1)])
    assert len(words) < 200
