"""PhoBERT's tokenizer, which comes as two text files, in the one form that the service reads.

In: `vocab.txt` (a piece and its count a line) and `bpe.codes` (two parts and their count a line).
Out: the content of a `tokenizer.json`, and how many pieces are listed.

The merges pass through pieces that are not listed, and `tokenizers` wants another id for each: such
ids begin where those of the list end, and the graph must read them as unknown.

In `vocab.txt` a piece that goes on is marked, "nghi@@"; in `tokenizer.json` a piece that ends a
word is, "ep</w>".
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

VOCABULARY_FILE, MERGES_FILE = "vocab.txt", "bpe.codes"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # ids 0 to 3; the file's first piece has 4
UNKNOWN = SPECIAL.index("<unk>")
GOES_ON, ENDS = "@@", "</w>"


def tokenizer_json(folder: Path) -> tuple[str, int]:
    """The content of the file, and the first id that stands for what is unknown. Raises OSError."""
    merges = read_merges(folder / MERGES_FILE)
    pieces = read_pieces(folder / VOCABULARY_FILE)
    vocabulary = _vocabulary(pieces, merges)
    tokenizer = Tokenizer(BPE(unk_token="<unk>", end_of_word_suffix=ENDS))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.post_processor = TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    content: dict[str, Any] = json.loads(tokenizer.to_str())
    content["model"] |= {"vocab": vocabulary, "merges": merges}
    return json.dumps(content, ensure_ascii=False), len(pieces)


def read_pieces(file: Path) -> dict[str, int]:
    """Each piece with its id."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pieces = [line.rpartition(" ")[0] for line in lines if line.strip()]
    return {piece: number for number, piece in enumerate([*SPECIAL, *pieces])}


def read_merges(file: Path) -> list[list[str]]:
    """The parts that are put together, the first before the others."""
    return [line.split()[:2] for line in file.read_text(encoding="utf-8").splitlines() if line]


def _vocabulary(pieces: dict[str, int], merges: list[list[str]]) -> dict[str, int]:
    found = {
        piece if piece in SPECIAL else _as_merged(piece): number for piece, number in pieces.items()
    }
    for left, right in merges:
        for part in (left, right, left + right):
            found.setdefault(part, len(found))
    return found


def _as_merged(piece: str) -> str:
    return piece.removesuffix(GOES_ON) if piece.endswith(GOES_ON) else piece + ENDS
