"""Which posts are near-copies of each other, and what a share looks like when each counts once.

In: titles and texts, later their fingerprints and labels. Out: fingerprints, groups, counts.

Channels of one unit share the same article with another emoji, link or hashtag, and filler is
posted before a period ends. Nearly equal texts have nearly equal fingerprints: each run of three
words votes for the 64 bits of its hash. Source: M. Charikar, STOC 2002 (SimHash); G. Manku and
others, WWW 2007 (finding those within 3 bits).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from services.ratio.domain.search import words
from shared.contracts import Counts, Label

READ_CHARACTERS_MAX = 2_000
# What is looked at before links and emoji go: bounds the work on a text of 100,000 characters.
SOURCE_CHARACTERS_MAX = 2 * READ_CHARACTERS_MAX
SHINGLE_WORDS = 3
FINGERPRINT_BITS = 64
# Measured on the posts in demo/posts of 60 words and more: one word changed leaves 86 of 100 within
# 7 bits (25 within 3), two hashtags more 97 (56), a line of source below 88 (26). Unrelated ones
# differ in 13 or more; that two of 20,000 come within 7 by chance happens once in 130 times.
BITS_MAX = 7

Places = NDArray[np.intp]

_LINK = re.compile(r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)\S+")
# Pictures, and the marks that join or colour them. Most are no letters and part words anyhow;
# these would turn into letters (™, ℹ, 🈁) or break a word in two.
_PICTURE = re.compile("[\u2122\u2139\u2190-\u2bff\u3200-\u32ff\U0001f000-\U0001faff]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20e3\ufe0e\ufe0f\ufeff]")
# Odd numbers without pattern, one for each place in a shingle, and those of splitmix64.
_PLACES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)

# Of two labels that as many copies have: never the more flattering.
_LEAST_FLATTERING: tuple[Label, ...] = ("tieu_cuc", "trung_tinh", "tich_cuc")


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """What near-copies are counted by; a post without fingerprint is no copy of any other."""

    fingerprint: int | None
    label: Label


def fingerprint(title: str | None, text: str | None) -> int:
    """64 bits with sign, as a bigint column holds them; the same in every process.

    Links, emoji, punctuation, case, tone placement and white space change nothing. A post shorter
    than three words has the hash of its words, one without any word that of its signs.
    """
    source = f"{title or ''} {text or ''}".strip()[:SOURCE_CHARACTERS_MAX]
    shown = _UNSEEN.sub("", _PICTURE.sub(" ", _LINK.sub(" ", source)))
    line = " ".join(words(shown))[:READ_CHARACTERS_MAX]
    # What is no character at all, half of a pair, must not stop the batch it came with.
    read = (line or source).encode(errors="surrogatepass")
    if line.count(" ") < SHINGLE_WORDS - 1:
        return int.from_bytes(blake2b(read, digest_size=8).digest(), "little", signed=True)
    return _majority(_shingle_hashes(read.split(b" ")))


def _shingle_hashes(read: list[bytes]) -> NDArray[np.uint64]:
    single = np.array([crc32(word) for word in read], np.uint64)
    if len(read) % 2 == 0:
        # The end meets the beginning: an odd number of votes has no tie. Ties would leave most
        # bits of a post of four words unset, and so bring all such posts close to each other.
        single = np.append(single, single[0])
    count = len(single) - SHINGLE_WORDS + 1
    mixed = np.zeros(count, np.uint64)
    for place, factor in enumerate(_PLACES):
        mixed += single[place : place + count] * factor
    # splitmix64: without it, words that are alike would vote alike.
    mixed = (mixed ^ (mixed >> _SHIFT_1)) * _MIX_1
    mixed = (mixed ^ (mixed >> _SHIFT_2)) * _MIX_2
    return mixed ^ (mixed >> _SHIFT_3)


def _majority(hashes: NDArray[np.uint64]) -> int:
    """The bits that more than half of the hashes have."""
    bits = np.unpackbits(hashes.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1)
    most = 2 * bits.sum(axis=0, dtype=np.int64) > len(hashes)
    return int(np.packbits(most).view("<i8")[0])


def group(fingerprints: Sequence[int], bits_max: int = BITS_MAX) -> list[int]:
    """For each post the index of the first post of its group.

    Two posts are in one group if a chain of posts leads from one to the other, each within
    `bits_max` bits of the next.
    """
    every = np.array(fingerprints, np.int64).view(np.uint64)
    values, first, same = np.unique(every, return_index=True, return_inverse=True)
    group_of = np.arange(len(every))
    for one, other in _close_pairs(values, bits_max):
        _join(group_of, first[one], first[other])
    return group_of[first[same]].tolist()


def _close_pairs(values: NDArray[np.uint64], bits_max: int) -> Iterator[tuple[Places, Places]]:
    """All pairs within `bits_max` bits: at least one of bits_max + 1 bands is equal in them."""
    width = FINGERPRINT_BITS // (bits_max + 1)
    mask = np.uint64(2**width - 1)
    for band in range(bits_max + 1):
        keys = (values >> np.uint64(band * width)) & mask
        order = np.argsort(keys, kind="stable")
        for one, other in _equal_neighbours(keys[order]):
            one, other = order[one], order[other]
            close = np.bitwise_count(values[one] ^ values[other]) <= bits_max
            yield one[close], other[close]


def _equal_neighbours(keys: NDArray[np.uint64]) -> Iterator[tuple[Places, Places]]:
    """Of keys in order each with the next, then with the next but one..., while they are equal."""
    one = np.arange(len(keys))
    for ahead in range(1, len(keys)):
        one = one[one + ahead < len(keys)]
        one = one[keys[one] == keys[one + ahead]]
        if one.size == 0:
            return
        yield one, one + ahead


def _join(group_of: Places, one: Places, other: Places) -> None:
    """Union-find for all pairs at once: each post points at the first post of its group."""
    while (apart := group_of[one] != group_of[other]).any():
        one, other = one[apart], other[apart]
        left, right = group_of[one], group_of[other]
        np.minimum.at(group_of, np.maximum(left, right), np.minimum(left, right))
        while (group_of[group_of] != group_of).any():
            group_of[:] = group_of[group_of]


def counted_once(posts: Sequence[LabelledPost]) -> Counts:
    """The counts if each group of near-copies were one post, with the label that most of it have.

    Of labels that as many have, the least flattering.
    """
    marked = [one for one in posts if one.fingerprint is not None]
    roots = group([one.fingerprint for one in marked if one.fingerprint is not None])
    members: dict[int, Counter[Label]] = {}
    for root, post in zip(roots, marked, strict=True):
        members.setdefault(root, Counter())[post.label] += 1
    once = Counter(_label_of(labels) for labels in members.values())
    once.update(one.label for one in posts if one.fingerprint is None)
    return Counts(once["tich_cuc"], once["trung_tinh"], once["tieu_cuc"], once.total())


def _label_of(labels: Counter[Label]) -> Label:
    # max keeps the first of equals.
    return max(_LEAST_FLATTERING, key=lambda label: labels[label])
