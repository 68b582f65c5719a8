"""How people write the same post in haste, loudly, or through a careless exporter.

In: a text and a source of chance. Out: the same text written otherwise. Training reads some posts
so; the evaluation reads all held-out posts in each of these ways.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from random import Random

from training.tokenizer import without_diacritics

Variant = Callable[[str, Random], str]

# Short forms of Vietnamese chats; each stands for a whole word.
TEENCODE = {
    "không": "ko", "được": "dc", "gì": "j", "với": "vs", "người": "ng", "những": "nhg",
    "trong": "trg", "cũng": "cg", "biết": "bít", "rồi": "r", "vậy": "z", "bây": "bi",
    "mọi": "mn", "anh": "a", "em": "e", "chị": "c", "trường": "trg", "học": "hc", "nhiều": "nhìu",
    "phải": "fai", "như": "nhu", "nên": "nen", "bao": "bn", "quá": "wá", "chồng": "ck",
    "vợ": "vk", "thế": "thế", "một": "1", "hai": "2", "điện": "đt", "việc": "vc", "làm": "lm",
}  # fmt: skip
_EMOJI = ("🔥", "❤️", "👉", "📌", "🎉", "😢", "⚠️", "📣", "🙏", "‼️", "🌿", "✅", "📷", "➡️")
_TAGS = (
    "#tintuc",
    "#ThaiNguyen",
    "#24h",
    "#congdong",
    "#tinnong",
    "#viral",
    "#xahoi",
    "#toiyeuquehuong",
)
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def plain(text: str, chance: Random) -> str:
    """As it is."""
    return text


def bare(text: str, chance: Random) -> str:
    """Without diacritics."""
    return without_diacritics(text)


def loud(text: str, chance: Random) -> str:
    """In capitals."""
    return text.upper()


def decomposed(text: str, chance: Random) -> str:
    """In NFD, as macOS writes it."""
    return unicodedata.normalize("NFD", text)


def quiet(text: str, chance: Random) -> str:
    """In small letters."""
    return text.lower()


def teencode(text: str, chance: Random) -> str:
    """With the short forms of chats."""
    return _WORD.sub(lambda word: TEENCODE.get(word.group().lower(), word.group()), text)


def with_emoji(text: str, chance: Random) -> str:
    """With emoji before it, behind it and between its sentences."""
    parts = _SENTENCE.split(text)
    joined = "".join(f"{part} {chance.choice(_EMOJI)} " for part in parts)
    return f"{chance.choice(_EMOJI)}{chance.choice(_EMOJI)} {joined}{chance.choice(_EMOJI)}"


def with_hashtags(text: str, chance: Random) -> str:
    """With hashtags behind it."""
    return f"{text} {' '.join(chance.sample(_TAGS, 4))}"


def with_mark_up(text: str, chance: Random) -> str:
    """With what a careless exporter leaves: tags, entities, white space that is none."""
    escaped = html.escape(text).replace(" ", "&nbsp;", 3)
    return f'<div class="detail"><p style="text-align:justify">{escaped}</p><br/>&nbsp;</div>\n\t'


def three_words(text: str, chance: Random) -> str:
    """Its first three words."""
    return " ".join(text.split()[:3])


def beginning(text: str, chance: Random) -> str:
    """Its first sentence: the title alone."""
    return _SENTENCE.split(text, maxsplit=1)[0]


def very_long(text: str, chance: Random) -> str:
    """With ten thousand words of other matter behind it."""
    return text + " Bản tin còn có các mục thường kỳ khác." * 1_100


ALL: Mapping[str, Variant] = {
    "as published": plain,
    "NFD": decomposed,
    "without diacritics": bare,
    "in capitals": loud,
    "in small letters": quiet,
    "emoji": with_emoji,
    "hashtags": with_hashtags,
    "teencode": teencode,
    "HTML leftovers": with_mark_up,
    "first sentence": beginning,
    "three words": three_words,
    "10,000 words": very_long,
}

# How often training reads a post so; the rest of the time as it is.
_IN_TRAINING: tuple[tuple[float, Variant], ...] = (
    (0.12, bare),
    (0.06, loud),
    (0.04, quiet),
    (0.04, teencode),
    (0.03, with_emoji),
    (0.03, with_hashtags),
    (0.08, beginning),
)


def some_variant(text: str, chance: Random) -> str:
    """The text as training reads it this time."""
    drawn = chance.random()
    for share, variant in _IN_TRAINING:
        if drawn < share:
            return variant(text, chance)
        drawn -= share
    return text
