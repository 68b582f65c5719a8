"""Diacritics put back where a post was typed without them.

In: a clean line, and how often syllables and pairs of syllables are written with which marks. Out:
the line with the likeliest marks, each letter in its place.

One caption in ten is typed bare ("cong an bat doi tuong trom xe"). A model that has learnt from
marked text takes such words apart into pieces that tell it little; the neighbours of a syllable
nearly always tell which marks it has.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from math import log
from typing import Annotated

from msgspec import Meta, Struct

from services.classify.domain.language import (
    VIETNAMESE_LEAST,
    WRITTEN_TOGETHER,
    vietnamese_share,
)

# Of marked Vietnamese text three words in four carry a mark; of a bare one, a name here and there.
MARKED_LEAST = 0.15
WORDS_MIN = 3
# So many sightings of the syllable before weigh as much as how frequent a way of writing is alone.
PRIOR = 500

_WORD = re.compile(r"[^\W\d_]+")
# Where a chain of neighbours ends.
_BREAK = re.compile(r"[.!?…:;|\n]")


Seen = Annotated[int, Meta(ge=1)]


class Marks(Struct, frozen=True, dict=True):
    """How often a bare syllable is written in each way (small letters, NFC), and how often one way
    of writing follows another."""

    syllables: Mapping[str, Mapping[str, Seen]]
    pairs: Mapping[str, Mapping[str, Seen]]

    def __post_init__(self) -> None:
        for syllable, ways in self.syllables.items():
            for way in ways:
                # Each letter stays in its place, so that a word is shown where it was typed.
                if bare(way) != syllable or not len(way) == len(syllable) == len(way.upper()):
                    raise ValueError(f"{way!r} is no way to write {syllable!r}")

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each way of writing was seen."""
        return {way: n for ways in self.syllables.values() for way, n in ways.items()}

    @cached_property
    def total(self) -> int:
        """How many syllables were counted."""
        return sum(self.counts.values())


def as_read(line: str, marks: Marks | None) -> str:
    """The line as the model reads it: with diacritics if it was typed without, in Vietnamese."""
    if marks is None or not is_bare(line) or vietnamese_share(line) < VIETNAMESE_LEAST:
        return line
    return restored(line, marks)


def is_bare(line: str) -> bool:
    """Whether a line was typed without diacritics."""
    words = _WORD.findall(WRITTEN_TOGETHER.sub(" ", line))
    marked = sum(bare(word) != word for word in words)
    return len(words) >= WORDS_MIN and marked < MARKED_LEAST * len(words)


def restored(line: str, marks: Marks) -> str:
    """The line with diacritics, as long as it was; a word that is no known syllable stays."""
    found = list(line)
    for words in chains(line):
        likeliest = _likeliest([word.group() for word in words], marks)
        for word, way in zip(words, likeliest, strict=True):
            for at, (letter, typed) in enumerate(zip(way, word.group(), strict=True), word.start()):
                found[at] = letter.upper() if typed.isupper() else letter
    return "".join(found)


def chains(line: str) -> Iterator[list[re.Match[str]]]:
    """The words that stand beside each other, up to the end of a sentence or of a part; hashtags
    and addresses, which are written together, are no words."""
    written_together = [place.span() for place in WRITTEN_TOGETHER.finditer(line)]
    chain, ended = list[re.Match[str]](), 0
    for word in _WORD.finditer(line):
        if any(start <= word.start() < end for start, end in written_together):
            continue
        if chain and _BREAK.search(line, ended, word.start()):
            yield chain
            chain = []
        chain.append(word)
        ended = word.end()
    if chain:
        yield chain


def _likeliest(words: Sequence[str], marks: Marks) -> list[str]:
    """The likeliest way to write each word of a chain (Viterbi).

    The chance of a way behind another: as often as it was seen there, and, as far as that is
    seldom, as often as it is seen at all.
    """
    best: dict[str, tuple[float, tuple[str, ...]]] = {"": (0.0, ())}
    for word in words:
        behind = [
            (score - log(marks.counts.get(before, 0) + PRIOR), path, marks.pairs.get(before, {}))
            for before, (score, path) in best.items()
        ]
        found: dict[str, tuple[float, tuple[str, ...]]] = {}
        for way in marks.syllables.get(word.lower()) or (word,):
            alone = PRIOR * (marks.counts.get(way, 0) + 1) / (marks.total + 1)
            score, path = max(
                (score + log(follows.get(way, 0) + alone), path) for score, path, follows in behind
            )
            found[way] = (score, (*path, way))
        best = found
    return list(max(best.values())[1])


# A text has few different words, and most of them were in the text before.
@lru_cache(maxsize=20_000)
def bare(word: str) -> str:
    """The word without the marks of Vietnamese."""
    parts = unicodedata.normalize("NFD", word.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(one for one in parts if unicodedata.category(one) != "Mn")
    return unicodedata.normalize("NFC", kept)
