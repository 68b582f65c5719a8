"""What each word adds, found by leaving it out: for a model that does not tell it by itself.

In: a clean line; the label's logit with all words, and without each stretch of words. Out: tokens,
as a model that tells them would give. Costs one text more for each stretch, so a long line is left
out several words at a time.
"""

import re
from collections.abc import Sequence

from services.classify.domain.words import Token

# A caption's words one by one; of a long text some words together. Bounds time, not quality.
STRETCHES_MAX = 16
_WORD = re.compile(r"\S+")

Stretch = Sequence[tuple[int, int]]


def stretches(line: str) -> list[Stretch]:
    """The words' places in the line, in at most STRETCHES_MAX stretches of like length."""
    places = [match.span() for match in _WORD.finditer(line)]
    together = -(-len(places) // STRETCHES_MAX) or 1
    return [places[start : start + together] for start in range(0, len(places), together)]


def without(line: str, stretch: Stretch) -> str:
    """The line as it would read had the words not been written."""
    return " ".join(f"{line[: stretch[0][0]]} {line[stretch[-1][1] :]}".split())


def weighed(whole: float, left_out: Sequence[tuple[Stretch, float]]) -> list[Token]:
    """What the label's logit lost without each stretch, shared by the stretch's words."""
    return [
        Token(start, end, (whole - rest) / len(stretch))
        for stretch, rest in left_out
        for start, end in stretch
    ]
