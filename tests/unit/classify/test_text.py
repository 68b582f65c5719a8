"""What the model reads: everything that a reader sees, and nothing that only a machine sees."""

import unicodedata
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.text import READ_CHARACTERS_MAX, clean, visible

SENTENCE = "Tai nạn trên quốc lộ 3"


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("<p>Tai nạn</p><p>trên quốc lộ 3</p>", SENTENCE),
        ("Tai&nbsp;nạn &lt;b&gt;trên&lt;/b&gt; quốc lộ&#32;3", SENTENCE),
        ("Tai nạn &amp;nbsp; trên quốc lộ 3", SENTENCE),
        ("<script>var a = 'x';</script>Tai nạn<style>p {}</style> trên quốc lộ 3", SENTENCE),
        ("<!-- quảng cáo -->Tai nạn trên quốc lộ 3", SENTENCE),
        ("Tai\u200b nạn\ufeff trên\u00a0quốc\r\n\tlộ 3 ", SENTENCE),
        ("giá < 5 triệu và > 3 triệu", "giá < 5 triệu và > 3 triệu"),
        ("Chúc mừng 🎉 #ThaiNguyen", "Chúc mừng 🎉 #ThaiNguyen"),
        ("mn ơi ko dc đi dg nì nha, t7 nghỉ", "mn ơi ko dc đi dg nì nha, t7 nghỉ"),
        ("𝐓𝐚𝐢 𝘯𝘢̣𝘯 trên 𝗾𝘂𝗼̂́𝗰 lộ ３", SENTENCE),
    ],
)
def test_only_what_a_reader_sees_is_read(source: str, read: str) -> None:
    assert clean(None, source) == read


@pytest.mark.parametrize("opened", ["<!--", "<script>", "<style media='print'>"])
def test_what_is_opened_and_never_closed_hides_the_rest(opened: str) -> None:
    assert clean(None, f"{SENTENCE} {opened} var a = 1;") == SENTENCE


@pytest.mark.parametrize("opened", ["<!--", "<script>", "<style>", "<a", "&amp;", "<!--<script>"])
def test_no_mark_up_costs_much_to_clean(opened: str) -> None:
    source = opened * 30_000
    started = perf_counter()
    clean(source, source)
    visible(source)
    # A few milliseconds; it was a second where each beginning looked for an end of its own.
    assert perf_counter() - started < 0.3


def test_decomposed_letters_are_read_as_composed_ones() -> None:
    assert clean(None, unicodedata.normalize("NFD", SENTENCE)) == SENTENCE


@pytest.mark.parametrize(
    ("title", "text", "read"),
    [
        ("TAI NẠN TRÊN QUỐC LỘ 3", None, "tai nạn trên quốc lộ 3"),
        ("TAI NẠN TRÊN QUỐC LỘ 3", "Hai người.", "tai nạn trên quốc lộ 3. Hai người."),
        ("UBND", "Xã Phú Thịnh", "UBND. Xã Phú Thịnh"),
        ("THÔNG BÁO của Công an xã", None, "THÔNG BÁO của Công an xã"),
        ("CÔNG AN XÃ BÁO TIN İ", None, "công an xã báo tin İ"),
    ],
)
def test_what_is_shouted_is_read_in_small_letters(title: str, text: str | None, read: str) -> None:
    assert clean(title, text) == read


def test_the_title_comes_first_and_ends_as_a_sentence() -> None:
    assert clean("Tin nóng", "Chi tiết") == "Tin nóng. Chi tiết"
    assert clean("Vì sao?", "Chi tiết") == "Vì sao? Chi tiết"


@pytest.mark.parametrize("source", [None, "", "  ", "!!! 🎉 ...", "<br/><hr/>", "&nbsp;"])
def test_a_text_without_letter_or_digit_is_empty(source: str | None) -> None:
    assert clean(source, source) == ""


def test_of_a_very_long_text_the_title_is_read_whole_and_then_the_beginning() -> None:
    title = "Khánh thành cầu mới nối hai xã vùng cao"
    words = [f"từ{number}" for number in range(10_000)]
    line = clean(title, " ".join(words))
    assert line.startswith(f"{title}. từ0 từ1 ")
    assert line.split()[len(title.split()) :] == words[: len(line.split()) - len(title.split())]
    assert READ_CHARACTERS_MAX - 10 <= len(line) <= READ_CHARACTERS_MAX


def test_what_follows_the_beginning_of_a_long_text_changes_nothing() -> None:
    beginning = "Tai nạn trên quốc lộ 3 làm hai người bị thương. " * 30
    assert clean("Tin", beginning + "Vui mừng. " * 5_000) == clean("Tin", beginning)


def test_a_long_text_is_cut_between_words() -> None:
    line = clean(None, "nghiêm trọng " * 500)
    assert len(line) <= READ_CHARACTERS_MAX
    assert line.endswith(("nghiêm", "trọng"))


def test_a_long_text_without_spaces_is_cut_all_the_same() -> None:
    assert len(clean(None, "a" * 100_000)) == READ_CHARACTERS_MAX


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_line_is_one_trimmed_line_within_the_bound(title: str, text: str) -> None:
    line = clean(title, text)
    assert len(line) <= READ_CHARACTERS_MAX
    assert line == " ".join(line.split())


@given(st.text(alphabet="ab <>/!-&;pạ\u0301", max_size=80))
def test_blanking_mark_up_moves_nothing(source: str) -> None:
    composed = unicodedata.normalize("NFC", source)
    seen = visible(source)
    assert len(seen) == len(composed)
    assert all(after in (before, " ") for before, after in zip(composed, seen, strict=True))
