"""The same recipe on UIT-VSFC, the public corpus of Vietnamese students' feedback.

In: its official splits (`text`, `y`: 0 negative, 1 neutral, 2 positive). Out: weighted F1 on its
test split, which other models have published figures for.
"""

import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from training import encoder, network, tune
from training.stages import NO_SHIFT, PREFIX, TEACHING, TEACHING_ON, TOPICS, Source, teller
from training.targets import SMOOTHING, Target

CLASSES = 3
# Sentences of one kind, a dozen words each: more of them at a time, none written otherwise.
RECIPE = replace(TEACHING, vary=False)
RECIPE_ON = replace(TEACHING_ON, vary=False)


@dataclass(frozen=True, slots=True)
class Scores:
    """On one split."""

    weighted_f1: float
    macro_f1: float
    sentences: int


def measure(source: Source, corpus: Path) -> dict[str, Scores]:
    """Fine-tune the twelve layers on the train split; scores on dev and test."""
    kept = json.loads((source.cache / "kept.json").read_text())
    pretrained = encoder.read(encoder.wheel_file())
    layers = range(pretrained.shape.layers)
    net = network.network_of(pretrained, kept, layers, CLASSES, len(TOPICS))
    texts, true = _read(corpus / "train.jsonl.gz")
    tokenizer, wanted = source.tokenizer(), [_target(y) for y in true]
    for recipe, state in ((RECIPE, "vsfc-state.pt"), (RECIPE_ON, "vsfc-on-state.pt")):
        tune.fit(net, tokenizer, texts, wanted, recipe, source.cache / state, teller("vsfc"))
    found: dict[str, Scores] = {}
    for split in ("dev", "test"):
        texts, true = _read(corpus / f"{split}.jsonl.gz")
        labels, _ = tune.logits(net, tokenizer, texts, RECIPE.tokens_max)
        weighted, macro = (
            float(f1_score(true, labels.argmax(1), average=how)) for how in ("weighted", "macro")
        )
        found[split] = Scores(weighted, macro, len(texts))
    return found


def _read(file: Path) -> tuple[list[str], list[int]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [PREFIX + row["text"] for row in rows], [row["y"] for row in rows]


def _target(y: int) -> Target:
    wanted = np.full(CLASSES, SMOOTHING / CLASSES, np.float32)
    wanted[y] += 1 - SMOOTHING
    topics = np.full(len(TOPICS), 1 / len(TOPICS), np.float32)
    return Target(wanted, topics, 1.0, 0.0, NO_SHIFT)
