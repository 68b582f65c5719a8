"""Temperatures and thresholds, chosen on posts that nothing was trained on.

In: the graphs of the cache, the dev posts, soft-labelled posts that were kept apart. Out: what
`bundle.json` says of them. The posts that test are not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from training import cascade, diacritics, evaluate, scores, soft
from training.cascade import Floats, Said, chances
from training.graph import leaving
from training.judge import Judge
from training.splits import Sets
from training.stages import LABELS, PREFIX, TOKENS_MAX, Source, tell, unlabelled
from training.temperature import best_temperature

REVIEW_SHARE = 0.15
# Served behind the first stage is the teacher itself: a student of its four lower layers lost 2 to
# 8 points (decision 17).
SERVED = "teacher"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A temperature for each part, and from when each settles a post; `threshold` is that of
    `needs_review`."""

    first_temperature: float
    early_temperature: float
    temperature: float
    settles: Sequence[float]
    early_from: float
    threshold: float


def choose(source: Source, sets: Sets) -> Chosen:
    """All of them, in this order: each rests on those before it."""
    quick, soon, slow = (_judge(source, name) for name in ("first", _exit_alone(source), SERVED))
    lines, true = [one.text for one in sets.dev], evaluate.true_of(sets.dev, LABELS)
    logits = [judge(lines).labels for judge in (quick, soon, slow)]
    tell("thresholds: reading the unlabelled posts that were kept apart (a minute or two)")
    texts, (ids, outputs) = unlabelled(source), soft.read(source.soft)
    lines = [texts[one] for one in ids[:: soft.KEPT_APART]]
    teacher = scores.softmax(outputs.labels[:: soft.KEPT_APART])

    hot = best_temperature(logits[0], true)
    first = chances(quick(lines).labels, hot)
    dev = Said(chances(logits[0], hot), chances(logits[1], 1), chances(logits[2], 1))
    settles = cascade.choose(Said(first, teacher, teacher), dev, true)
    # What the first stage settles is easier than the rest, and the others never see it.
    on = ~cascade.settled(dev.first, settles)
    early_hot, late_hot = (best_temperature(one[on], true[on]) for one in logits[1:])
    dev = Said(dev.first, chances(logits[1], early_hot), chances(logits[2], late_hot))
    rest = np.flatnonzero(~cascade.settled(first, settles))
    early = _read(soon, lines, rest, early_hot, teacher)
    early_from = cascade.early_from(Said(first, early, teacher), dev, true, settles)
    # Among thousands of posts, for the share that goes to review to be exact.
    last = rest[early[rest].max(1) < early_from]
    served = Said(first, early, _read(slow, lines, last, late_hot, teacher))
    confidence = cascade.together(served, settles, early_from).max(1)
    tell(
        f"thresholds: of {len(lines)} posts the first stage settles {len(lines) - len(rest)}, "
        f"the early exit {len(rest) - len(last)}"
    )
    threshold = round(float(np.quantile(confidence, REVIEW_SHARE)), 3)
    return Chosen(hot, early_hot, late_hot, settles, early_from, threshold)


def _read(
    judge: Judge, lines: Sequence[str], places: Sequence[int], temperature: float, others: Floats
) -> Floats:
    """The judge's probabilities of the lines at these places; of the rest those of others."""
    found = np.array(others)
    if len(places):
        found[places] = chances(judge([lines[at] for at in places]).labels, temperature)
    return found


def _judge(source: Source, name: str) -> Judge:
    marks = diacritics.read(diacritics.counted(source))
    graph, tokenizer = source.cache / f"{name}.onnx", source.cache / "tokenizer.json"
    return Judge(graph, tokenizer, PREFIX, TOKENS_MAX, marks)


def _exit_alone(source: Source) -> str:
    """Name of the served graph with every row ended at the early exit."""
    name = f"{SERVED}-early"
    whole = onnx.load(source.cache / f"{SERVED}.onnx")
    onnx.save(leaving(whole, 0, 1, 1), source.cache / f"{name}.onnx")
    return name
