"""What a full-text search compares: words that are the same to a reader are the same here.

In: a title, or what somebody typed. Out: the words that are kept for the title, and those that it
must have.

Vietnamese writes the tone of `hòa` also as `hoà`, composes its letters in two ways, and is often
typed without marks. A title is kept under each word as it is written (`hòa`) and again without
marks (`hoa`). Nothing needs to tell the two kinds apart: a word with marks never equals one
without. So a word that is typed with marks finds only itself, and `hoa` finds hoa, hòa, hoá, hoả.

PostgreSQL: `array_to_tsvector(string_to_array(index_words(title), ' '))`, or
`to_tsvector('simple', index_words(title))`; words hold letters, digits and their marks alone, so
none of them can be an operator of a query.
"""

import re
from unicodedata import normalize

WORDS_MAX = 16
WORD_CHARACTERS_MAX = 50

# Letters and digits (and the underscore, taken out before), with those marks of Latin letters that
# are no part of a letter. Marks of other scripts belong to their letters and are left alone.
_WORD = re.compile("[\\w\u0300-\u036f]+")
_MARK = re.compile("[\u0300-\u036f]")


def _tone_places() -> dict[str, str]:
    """The two vowels with the tone on the first (`òa`), and with the tone on the second (`oà`)."""
    grave, acute, hook, tilde, dot = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
    return {
        normalize("NFC", first + tone + second): normalize("NFC", first + second + tone)
        for first, second in ("oa", "oe", "uy")
        for tone in (grave, acute, hook, tilde, dot)
    }


# On the second: there it stands in both ways of writing when a consonant follows (`hoàn`), and
# after `qu`, whose u is no vowel (`quý`). So nothing needs to be known of what stands around.
_ON_SECOND = _tone_places()
_ON_FIRST = re.compile("|".join(_ON_SECOND))


def words(text: str) -> list[str]:
    """The words of a text in one way of writing: NFKC, no capitals, tones on the second vowel.

    NFKC, since pages write titles in 𝐟𝐚𝐧𝐜𝐲 letters that a search would never find.
    """
    return _WORD.findall(_canonical(text))


def index_words(title: str) -> str:
    """All that a title is found by, parted by spaces, each once: its words, and without marks."""
    canonical = _canonical(title)
    kept = _cut(_WORD.findall(canonical)) | _cut(_WORD.findall(_without_marks(canonical)))
    return " ".join(kept)


def query_words(q: str) -> list[str]:
    """The words that a title must have, WORDS_MAX at most; none if nothing can be searched for."""
    return list(_cut(words(q)))[:WORDS_MAX]


def _canonical(text: str) -> str:
    # Again after casefold, which takes some letters apart. The Icelandic ð looks like đ when both
    # are capitals, and comes out of old conversions instead of it.
    folded = normalize("NFKC", normalize("NFKC", text).casefold()).replace("ð", "đ")
    folded = folded.replace("_", " ")
    return _ON_FIRST.sub(lambda found: _ON_SECOND[found.group()], folded)


def _without_marks(canonical: str) -> str:
    return normalize("NFC", _MARK.sub("", normalize("NFD", canonical))).replace("đ", "d")


def _cut(found: list[str]) -> dict[str, None]:
    """Each word once, in order; the beginning of a long one stands for it on both sides."""
    return dict.fromkeys(word[:WORD_CHARACTERS_MAX] for word in found)
