"""Which words weighed most, and where they stand in what the caller sent.

In: the line that the model read, what each token added to the winning label. Out: places in title
or text, in characters of their NFC form.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

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
class Word:
    """A word of the caller's `field`; `start` and `end` in characters, `weight` in logits."""

    field: Literal["title", "text"]
    start: int
    end: int
    weight: float


def heaviest(line: str, tokens: Sequence[Token], title: str | None, text: str | None) -> list[Word]:
    """The words that weighed most, for or against, heaviest first; at most WORDS_MAX.

    A word that mark-up had hidden in the source (an entity, say) cannot be shown and is left out.
    """
    weighed = _weigh(line, tokens)
    placed = list(_place(weighed, title or "", text or ""))
    return sorted(placed, key=lambda word: -abs(word.weight))[:WORDS_MAX]


def _weigh(line: str, tokens: Sequence[Token]) -> list[tuple[str, float]]:
    """Each word of the line with the sum of its tokens, in order."""
    words: list[tuple[str, float]] = []
    at = 0
    for match in _WORD.finditer(line):
        weight = 0.0
        while at < len(tokens) and tokens[at].start < match.end():
            weight += tokens[at].weight
            at += 1
        words.append((match.group().strip(_EDGES), weight))
    return words


def _place(words: Sequence[tuple[str, float]], title: str, text: str) -> Iterator[Word]:
    """The words where they stand: those of the title first, then those of the text."""
    sources: list[tuple[Literal["title", "text"], str]] = [
        ("title", unicodedata.normalize("NFC", title)),
        ("text", unicodedata.normalize("NFC", text)),
    ]
    field, after = 0, 0
    for word, weight in words:
        for candidate in range(field, len(sources)):
            name, source = sources[candidate]
            start = source.find(word, after if candidate == field else 0) if word else -1
            if start >= 0:
                field, after = candidate, start + len(word)
                yield Word(name, start, after, round(weight, 4))
                break
