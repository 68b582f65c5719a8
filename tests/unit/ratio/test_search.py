"""A title is found by every way in which a reader may type it."""

import time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.search import index_words, query_words

# The two ways of placing the tone; they differ in open syllables with oa, oe and uy.
OLD_AND_NEW = [
    ("hòa", "hoà"),
    ("hóa", "hoá"),
    ("khỏe", "khoẻ"),
    ("thủy", "thuỷ"),
    ("Lũy", "Luỹ"),
    ("HỌA", "HOẠ"),
]
SYLLABLES = [one for pair in OLD_AND_NEW for one in pair]
SYLLABLES.extend(["hoàn", "toán", "quý", "giá", "Đường", "đẹp", "nguyễn", "Ủy", "xã", "19", "H5N1"])
LETTERS = (
    "aăâeêioôơuưyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵbcdđghklmnpqrstvx"
)
PARTS = [
    "a",
    "o",
    "e",
    "u",
    "y",
    "q",
    "g",
    "i",
    *LETTERS,
    *LETTERS.upper(),
    "7",
    " ",
    "-",
    "🎉",
    "_",
]
TITLES = st.one_of(
    st.lists(st.sampled_from(SYLLABLES), min_size=1).map(" ".join),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=120).map("".join),
)
MARKED = "ăâàảãáạằẳẵắặầẩẫấậđêèẻẽéẹềểễếệìỉĩíịôơòỏõóọồổỗốộờởỡớợưùủũúụừửữứựỳỷỹýỵ"
PLAIN = "a" * 17 + "d" + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5
NO_MARKS = str.maketrans(MARKED + MARKED.upper(), PLAIN + PLAIN.upper())


def finds(q: str, title: str) -> bool:
    """Whether the title has every word of the query, as PostgreSQL decides it."""
    return set(query_words(q)) <= set(index_words(title).split(" "))


def moved(title: str, *, to_old: bool) -> str:
    """The title with its tones in the other place, as far as the pairs above know it."""
    for old, new in OLD_AND_NEW:
        title = title.replace(new, old) if to_old else title.replace(old, new)
    return title


@given(TITLES)
def test_a_title_is_found_by_itself(title: str) -> None:
    assert finds(title, title)


@given(TITLES)
def test_a_title_is_found_without_marks(title: str) -> None:
    assert finds(title.translate(NO_MARKS), title)


@given(TITLES)
def test_a_title_is_found_in_decomposed_letters_and_in_capitals(title: str) -> None:
    assert finds(normalize("NFD", title), title)
    assert finds(title, normalize("NFD", title))
    assert finds(title.upper(), title)


@given(TITLES)
def test_a_title_is_found_by_either_place_of_its_tones(title: str) -> None:
    assert finds(moved(title, to_old=True), title)
    assert finds(moved(title, to_old=False), title)


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW)
def test_both_places_of_a_tone_are_one_word(old: str, new: str) -> None:
    assert query_words(old) == query_words(new)


@pytest.mark.parametrize("word", ["hoàn", "toán", "quý", "giá", "huỳnh", "mùa", "khuya", "hào"])
def test_a_tone_that_has_one_place_stays_there(word: str) -> None:
    assert query_words(word) == [word]


@pytest.mark.parametrize("title", ["hoa", "hỏa", "hóa", "hoạ", "Hòa"])
def test_a_word_without_marks_finds_all_and_one_with_marks_only_itself(title: str) -> None:
    assert finds("hoa", title)
    assert finds("hòa", title) == (title == "Hòa")
    assert not finds("hoan", title)


def test_a_bar_is_a_mark() -> None:
    assert finds("đê", "Vỡ đê")
    assert finds("de", "Vỡ đê")
    assert not finds("đe", "Đồi chè de")
    assert query_words("\u00d0ảng") == query_words("Đảng")  # the Icelandic capital


def test_every_word_must_be_there() -> None:
    title = "Hòa Bình: khởi công cầu dài 1.200 m"
    assert finds("cau hòa", title)
    assert not finds("cầu hồ", title)


def test_signs_and_fancy_letters_do_not_hide_a_word() -> None:
    assert query_words("#ThaiNguyen_TV (mới), 50%!") == ["thainguyen", "tv", "mới", "50"]
    assert finds("thông báo", normalize("NFD", "𝐓𝐇𝐎̂𝐍𝐆 𝐁𝐀́𝐎"))


def test_a_mark_that_fits_no_letter_parts_no_word() -> None:
    assert len(query_words("Tie\u0301\u0302ng")) == 1
    assert finds("tieng", "Tie\u0301\u0302ng Việt")


@pytest.mark.parametrize("q", ["", " ", "!!! & | <-> :*", "🎉", "___"])
def test_a_query_without_a_word_asks_for_nothing(q: str) -> None:
    assert query_words(q) == []


@given(st.text(max_size=200))
def test_words_can_be_no_operators_of_a_query(q: str) -> None:
    for word in (*query_words(q), *index_words(q).split()):
        assert not set(word) & set(" &|!<>()*:'\"\\")
        assert word


def test_long_queries_and_long_words_are_cut() -> None:
    assert len(query_words(" ".join(str(number) for number in range(40)))) == 16
    assert query_words("thông thông THÔNG") == ["thông"]
    long = "ế" * 80
    assert max(len(word) for word in index_words(long).split()) == 50
    assert finds(long, long)
    assert finds("e" * 80, long)


def test_a_huge_title_costs_little() -> None:
    started = time.perf_counter()
    index_words("hòa" * 30_000 + "\u0301" * 10_000)
    assert time.perf_counter() - started < 0.5
