"""The words that weighed most stand where the caller wrote them, in characters of the NFC form."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.text import clean, visible
from services.classify.domain.words import WORDS_MAX, Token, Word, heaviest


def nfc(source: str | None) -> str:
    return unicodedata.normalize("NFC", source or "")


def nfd(source: str) -> str:
    return unicodedata.normalize("NFD", source)


def tokens_of(line: str, weights: Mapping[str, float]) -> Iterator[Token]:
    """As a tokenizer cuts: each word in two pieces, the first with the space before it. A word
    that is not named weighs next to nothing."""
    for match in re.finditer(r"\S+", line):
        start, end = match.span()
        half = max(start, (start + end) // 2)
        weight = weights.get(match.group().strip(".,!?:;"), 0.001)
        yield Token(max(0, start - 1), half, weight / 2)
        yield Token(half, end, weight / 2)


def find(title: str | None, text: str | None, **weights: float) -> list[Word]:
    line = clean(title, text)
    return heaviest(line, list(tokens_of(line, weights)), title, text)


def shown(word: Word, title: str | None, text: str | None) -> str:
    return nfc(title if word.field == "title" else text)[word.start : word.end]


def test_words_are_told_heaviest_first_with_field_place_and_weight() -> None:
    words = find("Tai nạn trên quốc lộ", "Hai người tử vong tại chỗ.", vong=3.0, nạn=2.0, chỗ=-2.5)
    assert words[:3] == [
        Word("text", 13, 17, 3.0),
        Word("text", 22, 25, -2.5),
        Word("title", 4, 7, 2.0),
    ]


def test_no_more_words_are_told_than_a_reader_looks_at() -> None:
    text = " ".join(f"từ{number}" for number in range(50))
    words = find(None, text, **{f"từ{number}": number for number in range(50)})
    assert [shown(word, None, text) for word in words] == [
        f"từ{number}" for number in range(49, 49 - WORDS_MAX, -1)
    ]


SPOILT = [
    "Tin: lật xe, ba người bị thương",
    "<p>Tin: <b>lật</b> xe,</p><p>ba người bị thương</p>",
    '<a title="lật thương" href="/lật">Tin:</a> lật xe, ba người bị thương',
    "Tin:&nbsp;lật&nbsp;xe, ba người bị&#32;thương",
    "<script>lật = 'thương';</script>Tin: lật xe <!-- thương --> ba người bị thương",
    "🚑🚑 Tin: lật xe 🎉, ba người bị thương 🙏",
    "Tin: l\u200bật xe\ufeff, lật xe, ba người bị thương",
    "𝐓𝐢𝐧: lật 𝘅𝗲, ba người bị thương",
    "T&ocirc;i: lật xe, ba người bị thương",
]


@pytest.mark.parametrize("source", [*SPOILT, *map(nfd, SPOILT)])
@pytest.mark.parametrize("field", ["title", "text"])
def test_a_word_is_found_among_what_no_reader_sees(source: str, field: str) -> None:
    title, text = (source, None) if field == "title" else (None, source)
    found = {shown(word, title, text): word for word in find(title, text, lật=2.0, thương=3.0)[:2]}
    assert set(found) == {"lật", "thương"}
    # The last of each is what the reader sees; what stands before it is mark-up.
    for name, word in found.items():
        assert word.start == nfc(source).rindex(name)
    assert {word.field for word in found.values()} == {field}


def test_a_word_inside_mark_up_is_not_shown() -> None:
    source = '<a title="lật">Tin</a> lật xe'
    (word,) = find(None, source, lật=2.0)[:1]
    assert word.start == source.rindex("lật")


def test_a_repeated_word_is_shown_where_it_weighed() -> None:
    text = "cháy nhà, cháy rừng, cháy chợ"
    line = clean(None, text)
    starts = [match.start() for match in re.finditer("cháy", text)]
    tokens = [
        Token(token.start, token.end, 5.0 if starts[1] <= token.end - 1 < starts[1] + 4 else 0.0)
        for token in tokens_of(line, {})
    ]
    assert heaviest(line, tokens, None, text)[0].start == starts[1]


def test_the_same_word_in_title_and_text_is_shown_in_each() -> None:
    title, text = "Cháy lớn", "đám cháy lớn"
    line = clean(title, text)
    weights = iter([0.0, 4.0, 0.0, 0.0, -3.0])
    tokens = [
        Token(match.start(), match.end(), next(weights)) for match in re.finditer(r"\S+", line)
    ]
    assert heaviest(line, tokens, title, text)[:2] == [
        Word("title", 5, 8, 4.0),
        Word("text", 9, 12, -3.0),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("cơ quan an ninh", "an"), ("c&aacute; ch&agrave;nan an", "an"), ("c&aacute; a", "a")],
)
def test_a_word_is_never_shown_inside_another_one(text: str, name: str) -> None:
    (word,) = find(None, text, **{name: 4.0})[:1]
    assert (word.start, shown(word, None, text)) == (text.rindex(f" {name}") + 1, name)


def test_punctuation_around_a_word_is_not_shown() -> None:
    text = 'Ông nói: "tham nhũng!" (lần 2)'
    assert "nhũng" in {shown(word, None, text) for word in find(None, text, nhũng=1.0)}


def test_a_word_written_with_an_entity_is_left_out_and_the_next_ones_are_found() -> None:
    text = "N&agrave;y tham nhũng"
    words = find(None, text, Này=9.0, nhũng=2.0)
    assert shown(words[0], None, text) == "nhũng"
    assert 9.0 not in {word.weight for word in words}


def test_behind_the_token_limit_no_word_is_told() -> None:
    text = "lừa đảo qua mạng rất tinh vi"
    line = clean(None, text)
    tokens = [token for token in tokens_of(line, {}) if token.end <= line.index("tinh")]
    words = heaviest(line, tokens, None, text)
    assert {shown(word, None, text) for word in words} == {"lừa", "đảo", "qua", "mạng", "rất"}


def test_a_word_that_the_token_limit_cuts_is_shown_whole_with_the_weight_of_what_was_read() -> None:
    text = "vụ lừa đảo"
    line = clean(None, text)
    tokens = list(tokens_of(line, {"đảo": 4.0}))[:-1]
    (word,) = heaviest(line, tokens, None, text)[:1]
    assert (shown(word, None, text), word.weight) == ("đảo", 2.0)


def test_without_tokens_no_words_are_told() -> None:
    assert heaviest("vụ lừa đảo", [], "vụ lừa đảo", None) == []


SOURCES = st.none() | st.text(
    st.sampled_from("aạbc đ 12.,!?\u0323\u0301 <>/&;p\n🎉\u200b_-") | st.characters(), max_size=60
)


@given(SOURCES, SOURCES, st.data())
def test_every_word_told_is_a_whole_word_of_its_field(
    title: str | None, text: str | None, data: st.DataObject
) -> None:
    line = clean(title, text)
    words_read = st.sampled_from(line.split() or ["x"])
    tokens = list(tokens_of(line, data.draw(st.dictionaries(words_read, st.floats(-9, 9)))))
    words = heaviest(line, tokens, title, text)
    assert len(words) <= WORDS_MAX
    for word in words:
        source = nfc(title if word.field == "title" else text)
        assert 0 <= word.start < word.end <= len(source)
        around = source[max(0, word.start - 1) : word.start] + source[word.end : word.end + 1]
        assert not any(character.isalnum() for character in around)
        # What is shouted was read small.
        assert visible(source)[word.start : word.end].casefold() in line.casefold()
    places = sorted((word.field, word.start, word.end) for word in words)
    for (field, _, end), (next_field, start, _) in pairwise(places):
        assert field != next_field or end <= start


def test_a_shouted_word_is_shown_where_it_was_shouted() -> None:
    title = "TAI NẠN TRÊN QUỐC LỘ 3"
    (word, *_) = find(title, None, nạn=2.0)
    assert shown(word, title, None) == "NẠN"
