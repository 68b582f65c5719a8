"""Texts through the encoder, as the service would send them.

In: a tokenizer, a model with the output `embedding`. Out: one vector a text.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

ROWS = 16
Progress = Callable[[int, int], None]


def embeddings(
    tokenizer_file: Path,
    model_file: Path,
    texts: Sequence[str],
    prefix: str,
    tokens_max: int,
    progress: Progress,
) -> NDArray[np.float32]:
    """[texts, hidden], in the order of the texts; progress is told texts done and in all."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(tokens_max)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    session = onnxruntime.InferenceSession(model_file, providers=["CPUExecutionProvider"])
    order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
    found: dict[int, NDArray[np.float32]] = {}
    for start in range(0, len(order), ROWS):
        rows = order[start : start + ROWS]
        encoded = tokenizer.encode_batch([prefix + texts[row] for row in rows])
        fed = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
        }
        (vectors,) = session.run(["embedding"], fed)
        found |= dict(zip(rows, vectors, strict=True))
        progress(len(found), len(texts))
    return np.stack([found[row] for row in range(len(texts))])
