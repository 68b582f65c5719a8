"""How much of a text can be Vietnamese, and what a verdict on another language is worth.

In: a clean line. Out: the share of its letters that stand in Vietnamese syllables, 0..1.

Vietnamese writes each syllable apart, and there are few kinds of them: a beginning, one to three
vowels, an end out of eight. That needs no word list, and holds without diacritics, in capitals and
for names. "Công an" and "cong an" are such syllables, "police" and "警察" are none.
"""

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from services.classify.domain.verdict import Judgement
from shared.contracts import Probabilities

# Under this share a text is in another language. Chosen on news: see docs/decisions/0015.
VIETNAMESE_LEAST = 0.5

_WORD = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(
    "(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
    "(?:[aeiouy]|ai|ao|au|ay|eo|eu|ia|ie|ieu|iu|oa|oai|oay|oe|oeo|oi|oo|ua|uay|ue|ui|uo|uoi|uou|uu"
    "|uy|uya|uye|uyu|ya|ye|yeu)"
    "(?:c|ch|m|n|ng|nh|p|t)?"
)
# Marks of tone and of vowel: grave, acute, circumflex, tilde, breve, hook, horn, dot below. The
# marks of other languages (ä, ç, ş) stay, so that their words are none of ours.
_MARKS = dict.fromkeys(map(ord, "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"))
# A hashtag and an address are written together, whatever the language.
WRITTEN_TOGETHER = re.compile(r"[#@]\S+|https?://\S+|www\.\S+")


def vietnamese_share(line: str) -> float:
    """Share of the letters that stand in Vietnamese syllables; 1 where there are no words."""
    words = _WORD.findall(_bare(WRITTEN_TOGETHER.sub(" ", line)))
    letters = sum(map(len, words))
    ours = sum(len(word) for word in words if _is_syllable(word))
    return ours / letters if letters else 1.0


# A text has few different words, and most of them were in the text before.
@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    return _SYLLABLE.fullmatch(word) is not None


def _bare(line: str) -> str:
    parts = unicodedata.normalize("NFD", line.lower().replace("đ", "d"))
    return unicodedata.normalize("NFC", parts.translate(_MARKS))


def doubted(judgement: Judgement, share: float) -> Judgement:
    """The judgement on a text of which only `share` is Vietnamese: the same label, believed as far
    as the text can be read, and a person looks."""
    if share >= VIETNAMESE_LEAST:
        return judgement
    chances, names = judgement.probabilities, Probabilities.__struct_fields__
    less = {
        name: round(share * getattr(chances, name) + (1 - share) / len(names), 6) for name in names
    }
    return replace(
        judgement,
        probabilities=Probabilities(**less),
        confidence=less[judgement.label],
        needs_review=True,
    )
