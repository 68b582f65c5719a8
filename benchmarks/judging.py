"""Texts through the model: the service's own path beside a bare onnxruntime loop.

In: the demo's posts. Out: posts a second. The bare loop gets the same texts, already tokenized and
sorted by length, in groups of the same size: what it is faster by is what our path costs.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from benchmarks.figures import Figure, best_rates
from services.classify.bundle import MODEL_FILE, TOKENIZER_FILE, read_bundle
from services.classify.domain.text import clean
from services.classify.model import Model
from services.classify.settings import Settings

ROOT = Path(__file__).parents[1]
POSTS = ROOT / "demo" / "posts"
Group = dict[str, Any]


def measure(tell: Callable[[str], None]) -> Sequence[Figure]:
    """The batcher beside the bare loop, and beside one text at a time."""
    settings = Settings(bundle=ROOT / "models" / "default")
    lines = [
        clean(post["title"], post["text"])
        for file in sorted(POSTS.glob("*.jsonl"))
        for post in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]
    tell(f"judging: {len(lines)} posts, several goes (a minute or two)")
    model, session = Model(settings), open_session(settings)
    sorted_groups = groups_of(settings, lines, settings.rows_max)
    ours, bare = best_rates(
        len(lines), lambda: model.judge(lines), lambda: run_all(session, sorted_groups)
    )
    singles = groups_of(settings, lines, 1)
    (alone,) = best_rates(len(lines), lambda: run_all(session, singles))
    return [
        Figure("the service's path", ours, "bare loop, sorted by length", bare),
        Figure("the service's path", ours, "bare loop, one text at a time", alone),
    ]


def open_session(settings: Settings) -> InferenceSession:
    """The model as the service opens it."""
    options = SessionOptions()
    options.intra_op_num_threads = settings.threads
    return InferenceSession(
        settings.bundle / MODEL_FILE, options, providers=["CPUExecutionProvider"]
    )


def groups_of(settings: Settings, lines: Sequence[str], rows_max: int) -> list[Group]:
    """The lines as inputs of the graph, sorted by length, `rows_max` in each group."""
    bundle = read_bundle(settings.bundle)
    tokenizer = Tokenizer.from_file(str(settings.bundle / TOKENIZER_FILE))
    tokenizer.enable_truncation(bundle.tokens_max)
    encoded = tokenizer.encode_batch([bundle.prefix + line for line in lines])
    ids = sorted((one.ids for one in encoded), key=len)
    return [padded(ids[start : start + rows_max]) for start in range(0, len(ids), rows_max)]


def padded(rows: Sequence[Sequence[int]]) -> Group:
    """One group as arrays [rows, tokens]."""
    width = max(map(len, rows))
    ids, mask = np.zeros((len(rows), width), np.int64), np.zeros((len(rows), width), np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    return {"input_ids": ids, "attention_mask": mask}


def run_all(session: InferenceSession, groups: Sequence[Group]) -> None:
    """Every group through the graph."""
    for group in groups:
        session.run(["logits"], group)
