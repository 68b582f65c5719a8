"""What was typed without diacritics is read with them, each letter in its place."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert

from services.classify.domain.diacritics import Marks, as_read, bare, is_bare, restored
from training import diacritics
from training.posts import is_held_out, written

ROOT = Path(__file__).parents[3]
MARKS = Marks(
    {
        "cong": {"công": 50_000, "cộng": 20_000, "cổng": 5_000},
        "an": {"an": 60_000, "ăn": 40_000, "án": 10_000},
        "bat": {"bắt": 30_000, "bát": 1_000},
        "com": {"cơm": 3_000},
        "cua": {"của": 90_000, "cửa": 900},
        "hang": {"hàng": 20_000, "hang": 500},
    },
    {
        "công": {"an": 45_000},
        "ăn": {"cơm": 2_000},
        "bắt": {"công": 100},
        "cửa": {"hàng": 800},
        "bát": {"cơm": 600},
    },
)
WORD = re.compile(r"[^\W\d_]+")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("cong an bat", "công an bắt"),
        ("an com", "ăn cơm"),
        ("Bat com, AN COM", "Bát cơm, ĂN CƠM"),
        ("cua hang", "cửa hàng"),
        ("cua", "của"),
        ("cong anh", "công anh"),
        # A sentence's end parts neighbours.
        ("cua. Hang", "của. Hàng"),
        ("#cong an com https://cong.an/cua", "#cong ăn cơm https://cong.an/cua"),
        ("", ""),
    ],
)
def test_the_neighbours_tell_which_marks_a_syllable_has(typed: str, read: str) -> None:
    assert restored(typed, MARKS) == read


@given(st.text() | st.text("ancogbutmhTC .#İßK", max_size=40))
def test_every_letter_stays_in_its_place(line: str) -> None:
    read = restored(line, MARKS)
    assert len(read) == len(line)
    for typed, letter in zip(line, read, strict=True):
        assert letter == typed or bare(letter) == typed


@pytest.mark.parametrize(
    "line",
    [
        "Công an bắt hai đối tượng",
        # A name with diacritics does not make a bare line, a word does not either.
        "cong an",
        "Police arrested two men on Monday and took them to Hanoi",
        "24/11 🎉",
    ],
)
def test_what_has_diacritics_or_is_not_vietnamese_is_read_as_it_stands(line: str) -> None:
    assert as_read(line, MARKS) == line


def test_without_a_table_of_marks_all_is_read_as_it_stands() -> None:
    assert as_read("cong an bat cua hang", None) == "cong an bat cua hang"


def test_one_marked_name_does_not_keep_a_bare_line_from_being_read() -> None:
    line = "cong an phuong Tân bat giu doi tuong trom xe may"
    assert is_bare(line)
    assert as_read(line, MARKS).startswith("công an phuong Tân bắt")


@pytest.mark.parametrize(
    ("syllable", "way"), [("an", "ấm"), ("an", "anh"), ("an", "ÁN"), ("án", "án"), ("s", "ß")]
)
def test_a_way_that_is_not_its_syllables_is_refused(syllable: str, way: str) -> None:
    with pytest.raises(ValidationError, match="is no way to write"):
        convert({"syllables": {syllable: {way: 1}}, "pairs": {}}, Marks)


def test_the_default_bundle_restores_posts_that_it_was_not_counted_from() -> None:
    """Most syllables of posts of units that are held out; of news it is 96 %."""
    marks = diacritics.read(ROOT / "models" / "default" / "diacritics.json.gz")
    right = words = 0
    for one in filter(is_held_out, written(ROOT / "training" / "posts")):
        read = restored("".join(map(bare, one.text)), marks)
        if not is_bare(one.text):
            for typed, found in zip(WORD.findall(one.text), WORD.findall(read), strict=True):
                words, right = words + 1, right + (typed == found)
    assert right / words > 0.87


def test_a_text_counts_as_often_as_is_said() -> None:
    marks = diacritics.count([("công an", 3), ("cộng cả", 5)], lambda _: None)
    assert marks.syllables == {"cong": {"cộng": 5}, "ca": {"cả": 5}}


def test_counting_finds_what_is_often_written_and_leaves_slips_out() -> None:
    texts = [
        *["Công an bắt kẻ trộm. Ăn cơm"] * 6,
        *["Cộng đồng vui"] * 5,
        "Côngg an",
        *["cong an bat ke trom xe may"] * 9,
    ]
    marks = diacritics.count([(text, 1) for text in texts], lambda _: None)
    assert marks.syllables["cong"] == {"công": 6, "cộng": 5}
    assert "congg" not in marks.syllables
    assert marks.pairs["công"] == {"an": 7 - 1}
    # Two sentences are no neighbours; and where neither word can be written otherwise, no pair.
    assert "trộm" not in marks.pairs


def test_what_is_written_is_read_again_and_always_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        diacritics.write(MARKS, tmp_path / f"{name}.json.gz")
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()
    assert diacritics.read(tmp_path / "one.json.gz") == MARKS
