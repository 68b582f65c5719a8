"""Which words weighed most, and where they stand in what the caller sent.

In: the line that the model read, what each token added to the winning label. Out: places in title
or text, in characters of their NFC form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from services.classify.domain.text import clean, visible

Field = Literal["title", "text"]

WORDS_MAX = 8
_WORD = re.compile(r"\S+")
_EDGES = " \t\n.,;:!?…\"'“”‘’()[]{}«»"


@dataclass(frozen=True, slots=True)
class Token:
    """Where a token stands in the line that was read, and what it added to the label's logit."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Part:
    """A word of the line that was read, with the sum of its tokens."""

    start: int
    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the caller's `field`; `start` and `end` in characters, `weight` in logits."""

    field: Field
    start: int
    end: int
    weight: float


def heaviest(line: str, tokens: Sequence[Token], title: str | None, text: str | None) -> list[Word]:
    """The words that weighed most, for or against, heaviest first; at most WORDS_MAX.

    A word that cannot be found in what was sent, because it was written with an entity or an
    unseen character, cannot be shown and is left out.
    """
    parts = list(_weigh(line, tokens))
    title_end = len(clean(title, None))
    placed = [
        *_place([part for part in parts if part.start < title_end], "title", title or ""),
        *_place([part for part in parts if part.start >= title_end], "text", text or ""),
    ]
    return sorted(placed, key=lambda word: -abs(word.weight))[:WORDS_MAX]


def _weigh(line: str, tokens: Sequence[Token]) -> Iterator[Part]:
    """The line's words in order, without the punctuation around them."""
    at = 0
    for match in _WORD.finditer(line):
        weight, read = 0.0, at
        while at < len(tokens) and tokens[at].start < match.end():
            weight += tokens[at].weight
            at += 1
        word = match.group().strip(_EDGES)
        # Where the model's token limit cut the line off, no token stands for the word.
        if word and at > read:
            yield Part(match.start(), word, weight)


def _place(parts: Sequence[Part], field: Field, source: str) -> Iterator[Word]:
    """The words where they stand in the field; each is looked for after the one before it."""
    seen, after = visible(source), 0
    for part in parts:
        # Whole words only: "an" must not be shown inside "quan". What is shouted was read small.
        word = re.compile(rf"(?<!\w){re.escape(part.word)}(?!\w)", re.IGNORECASE)
        found = word.search(seen, after)
        if found:
            after = found.end()
            yield Word(field, found.start(), after, round(part.weight, 4))
