"""How Vietnamese syllables are written with marks, counted.

In: the texts that neither choose nor test. Out: the file by which the service
puts diacritics back (`services/classify/domain/diacritics.py`).
"""

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import chain, pairwise
from pathlib import Path

import msgspec

from services.classify.domain.diacritics import Marks, bare, chains, is_bare
from training import posts
from training.stages import Source, tell

FILE = "diacritics.json.gz"
WRITTEN_COUNTS = 3  # posts in the manner of the units count so much more than news
SYLLABLE_MIN, PAIR_MIN = 5, 2  # what is rarer is a name, or a slip
_SYLLABLE = re.compile("[a-z]+")


def counted(source: Source) -> Path:
    """The file in the cache, made if it is not there."""
    file = source.cache / FILE
    if not file.exists():
        sets = source.sets()
        apart = {one.post_id for part in (sets.dev, *sets.tests.values()) for one in part}
        news = (
            (text, 1) for post_id, text in posts.pool_texts(source.pool) if post_id not in apart
        )
        written = ((one.text, WRITTEN_COUNTS) for one in sets.written)
        write(count(chain(news, written), tell), file)
    return file


def count(texts: Iterable[tuple[str, int]], tell: Callable[[str], None]) -> Marks:
    """Syllables and pairs of neighbours of the texts that were typed with diacritics; each text
    counts so many times."""
    alone, pairs = Counter[str](), Counter[tuple[str, str]]()
    for done, (text, times) in enumerate(texts, 1):
        if not is_bare(text):
            for chain in chains(text):
                words = [word.group().lower() for word in chain]
                for word in words:
                    alone[word] += times
                for pair in pairwise(words):
                    pairs[pair] += times
        if done % 20_000 == 0:
            tell(f"diacritics: {done} posts counted")
    syllables = defaultdict[str, dict[str, int]](dict)
    for way, seen in sorted(alone.items()):
        syllable = bare(way)
        if seen >= SYLLABLE_MIN and _SYLLABLE.fullmatch(syllable) and len(syllable) == len(way):
            syllables[syllable][way] = seen
    # Where neither of two could be written otherwise, the pair decides nothing.
    several = {way for ways in syllables.values() for way in ways if len(ways) > 1}
    known = {way for ways in syllables.values() for way in ways}
    follows = defaultdict[str, dict[str, int]](dict)
    for (before, way), seen in sorted(pairs.items()):
        if seen >= PAIR_MIN and {before, way} <= known and {before, way} & several:
            follows[before][way] = seen
    return Marks(dict(syllables), dict(follows))


def write(marks: Marks, to: Path) -> None:
    """Gzipped JSON; the same marks give the same bytes."""
    part = to.with_suffix(".part")
    part.write_bytes(gzip.compress(msgspec.json.encode(marks), mtime=0))
    part.replace(to)


def read(file: Path) -> Marks:
    """What `write` wrote."""
    return msgspec.json.decode(gzip.decompress(file.read_bytes()), type=Marks)
