"""What the model reads of a post.

In: title and text as published. Out: one line of clean text, or "" when nothing can be read.
Training, evaluation and serving all read through `clean`, so that they see the same.

Title and lead decide: the title stands first and whole, and of the text as much of the beginning
follows as fits, since there a Vietnamese post says what it is about. What comes after the first
READ_CHARACTERS_MAX characters changes no verdict, however long the text is.
"""

import html
import re
import unicodedata

# Enough for a title and a lead of 180 words; the model's own token limit is near the same place.
READ_CHARACTERS_MAX = 900
# What is looked at before mark-up is taken out: bounds the work on a text of 100,000 characters.
SOURCE_CHARACTERS_MAX = 12_000

# An abbreviation alone is not shouted; in a shouted line some words may be written small.
CAPITALS_MIN, CAPITALS_SHARE = 8, 0.7

# What is opened and never closed hides the rest, as in a browser. That also bounds the work: to
# look for the end again from each of a thousand beginnings takes seconds.
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>|<!\[?[a-zA-Z][^<>]*>", re.DOTALL)
# Zero-width marks, joiners and writing-direction marks: unseen, yet they break words apart.
_UNSEEN = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
# Letters out of the styled alphabets of social networks (𝐓𝐈𝐍, 𝑡𝑖𝑛, ＴＩＮ) stand for plain ones.
_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_CONTROLS_AND_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_SENTENCE_ENDS = (".", "!", "?", "…", ":")


def clean(title: str | None, text: str | None) -> str:
    """Title and beginning of the text as one clean line in NFC; "" if no letter or digit is left.

    Mark-up, entities, unseen characters and runs of white space go, and a title or text that is
    written in capitals is read in small letters; letters, diacritics, emoji, hashtags and what is
    written in haste ("ko", "dc") stay.
    """
    head, body = _plain(title or ""), _plain(text or "")
    if head and body:
        head += " " if head.endswith(_SENTENCE_ENDS) else ". "
    joined = _cut(head + body)
    return joined if any(character.isalnum() for character in joined) else ""


def visible(source: str) -> str:
    """The beginning of `source` in NFC with mark-up blanked out, so that what is left stands where
    it stood."""
    source = _plain_letters(unicodedata.normalize("NFC", source)[:SOURCE_CHARACTERS_MAX])
    for mark_up in (_SCRIPT, _TAG):
        source = mark_up.sub(lambda found: " " * len(found.group()), source)
    return source


def _plain_letters(source: str) -> str:
    """Styled letters as plain ones, each in its place."""
    return _STYLED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), source)


def _plain(source: str) -> str:
    source = source[:SOURCE_CHARACTERS_MAX]
    # Twice: portals export `&amp;nbsp;`, and a tag may itself have been escaped.
    for _ in range(2):
        source = html.unescape(_TAG.sub(" ", _SCRIPT.sub(" ", source)))
    source = unicodedata.normalize("NFC", _plain_letters(_UNSEEN.sub("", source)))
    return _not_shouted(_CONTROLS_AND_SPACES.sub(" ", source).strip())


def _not_shouted(line: str) -> str:
    """The line in small letters if nearly all of it is in capitals: the model has read few such
    words, and takes them apart into pieces that mean nothing to it."""
    capitals = sum(map(str.isupper, line))
    if capitals < CAPITALS_MIN or capitals < CAPITALS_SHARE * sum(map(str.isalpha, line)):
        return line
    small = ((one, one.lower()) for one in line)
    # Each letter in its place: one capital (İ) has two small letters.
    return "".join(lower if len(lower) == 1 else one for one, lower in small)


def _cut(line: str) -> str:
    """The beginning of the line, ended between two words where there are words."""
    if len(line) <= READ_CHARACTERS_MAX:
        return line
    beginning = line[: READ_CHARACTERS_MAX + 1]
    return (beginning.rpartition(" ")[0] or beginning[:-1]).rstrip()
