"""From the teacher to the bundle: the first stage, temperatures, thresholds, all figures.

In: the teacher, its soft labels, the posts. Out: `models/default`. Nothing here looks at the posts
that test before every setting is fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import bundle, cascade, evaluate, first, head, posts, report, scores, soft
from training.figures import measure
from training.judge import Bundle, Judge
from training.posts import Example
from training.splits import Sets
from training.stages import (
    EXIT_AFTER,
    LABELS,
    PREFIX,
    SEED,
    TOKENS_MAX,
    Source,
    hard,
    tell,
    unlabelled,
)
from training.variants import some_variant

KEPT_APART = 8  # of so many soft-labelled posts one is kept for choosing the thresholds
REVIEW_SHARE = 0.15
# Served behind the first stage is the teacher itself: a student of its four lower layers lost 2 to
# 8 points (decision 17).
SERVED, LAYERS = "teacher", 12
AGAIN = "gold-again.csv"  # half of the gold posts, read once more without their labels


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen on the dev posts."""

    temperature: float
    first_temperature: float
    settles: Sequence[float]
    threshold: float


def train_first(source: Source) -> first.Table:
    """The first stage, from the soft labels of the teacher and from the hard ones."""
    file = source.cache / "first.npz"
    if not file.exists():
        texts, (ids, outputs) = unlabelled(source), soft.read(source.soft)
        labels, topics = soft.targets_of(outputs)
        use = [at for at in range(len(ids)) if at % KEPT_APART]
        sets = source.sets()
        known = hard(source, sets)
        lines = [texts[ids[at]] for at in use] + [one.text for one in sets.trained()]
        wanted = np.concatenate([labels[use], np.stack([one.labels for one in known])])
        of_topics = np.concatenate([topics[use], np.stack([one.topics for one in known])])
        _train_first(source, lines, wanted, of_topics, file)
    found = np.load(file)
    return first.Table(found["rows"], found["shifts"], len(LABELS))


def _train_first(
    source: Source,
    lines: Sequence[str],
    wanted: NDArray[np.float32],
    topics: NDArray[np.float32],
    file: Path,
) -> None:
    chance, tokenizer = Random(SEED), source.tokenizer()
    varied = [some_variant(line, chance) for line in lines]
    more = [at for at, line in enumerate(varied) if line != lines[at]]
    every = [*range(len(lines)), *more]
    read = [*lines, *(varied[at] for at in more)]
    tell(f"first stage: {len(read)} texts")
    features = first.counted(ids_of(tokenizer, read), tokenizer.get_vocab_size())
    weights = np.ones(len(every), np.float32)
    made = first.train(features, wanted[every], topics[every], weights, SEED)
    np.savez(file.with_suffix(".part.npz"), rows=made.rows, shifts=made.shifts)
    file.with_suffix(".part.npz").replace(file)


def ids_of(tokenizer: Tokenizer, lines: Sequence[str]) -> list[NDArray[np.int64]]:
    """The token ids of each line, as the service cuts them."""
    tokenizer.enable_truncation(TOKENS_MAX)
    encoded = tokenizer.encode_batch_fast([PREFIX + line for line in lines])
    return [np.array(one.ids, np.int64) for one in encoded]


def _judge(source: Source, name: str) -> Judge:
    return Judge(source.cache / f"{name}.onnx", source.cache / "tokenizer.json", PREFIX, TOKENS_MAX)


def write(source: Source, folder: Path, settings: Mapping[str, Any]) -> None:
    """The bundle in the folder, with all that is measured of it."""
    onnx.save(first.graph_of(train_first(source)), source.cache / "first.onnx")
    sets = source.sets()
    chosen = _choose(source, sets)
    folder.mkdir(parents=True, exist_ok=True)
    for name, to in ((SERVED, "model"), ("first", "first")):
        (folder / f"{to}.onnx").write_bytes((source.cache / f"{name}.onnx").read_bytes())
    (folder / "tokenizer.json").write_bytes((source.cache / "tokenizer.json").read_bytes())
    content = bundle.describe(
        {
            **settings,
            "trained_mix": {"news": _mix(sets.random), "local": _mix(sets.written)},
            "training_data": _data(source, sets),
            "temperature": chosen.temperature,
            "confidence_threshold": chosen.threshold,
            "first_stage": {
                "file": "first.onnx",
                "temperature": chosen.first_temperature,
                "settles": dict(zip(LABELS, chosen.settles, strict=True)),
            },
        },
        [folder / name for name in ("model.onnx", "first.onnx", "tokenizer.json")],
    )
    bundle.write_json(content, folder / "bundle.json")
    content["metrics"] = _metrics(source, sets, Bundle(folder))
    bundle.write_json(content, folder / "bundle.json")
    (folder / "MODEL_CARD.md").write_text(bundle.card(content), encoding="utf-8")
    tell(f"bundle: written to {folder}")


def _choose(source: Source, sets: Sets) -> Chosen:
    lines = [one.text for one in sets.dev]
    true = evaluate.true_of(sets.dev, LABELS)
    slow, fast = _judge(source, SERVED), _judge(source, "first")
    on_dev, first_on_dev = slow(lines).labels, fast(lines).labels
    hot, first_hot = head.best_temperature(on_dev, true), head.best_temperature(first_on_dev, true)
    texts, (ids, outputs) = unlabelled(source), soft.read(source.soft)
    lines = [texts[one] for one in ids[::KEPT_APART]]
    quick = cascade.chances(fast(lines).labels, first_hot)
    teacher = cascade.Said(quick, scores.softmax(outputs.labels[::KEPT_APART]))
    dev = cascade.Said(cascade.chances(first_on_dev, first_hot), cascade.chances(on_dev, hot))
    settles = cascade.choose(teacher, dev, true)
    # Among thousands of posts, for the share that goes to review to be exact.
    served, rest = quick.copy(), np.flatnonzero(~cascade.settled(quick, settles))
    served[rest] = cascade.chances(slow([lines[at] for at in rest]).labels, hot)
    confidence = served.max(1)
    return Chosen(hot, first_hot, settles, round(float(np.quantile(confidence, REVIEW_SHARE)), 3))


def _mix(examples: Sequence[Example]) -> list[float]:
    return [
        round(sum(one.label == label for one in examples) / len(examples), 4) for label in LABELS
    ]


def _data(source: Source, sets: Sets) -> dict[str, Any]:
    ids, _ = soft.read(source.soft)
    files = (
        source.gold,
        *sorted(source.labels.glob("*.csv")),
        *sorted(source.written.glob("*.jsonl")),
        source.pool,
    )
    return {
        "posts": len(sets.trained()),
        "random": len(sets.random),
        "chosen": len(sets.chosen),
        "written": len(sets.written),
        "negatives": sum(one.label == "tieu_cuc" for one in sets.trained()),
        "dev": len(sets.dev),
        "pool": len(unlabelled(source)),
        "soft_labels": len(ids),
        "pieces": source.tokenizer().get_vocab_size(),
        "layers": LAYERS,
        "exit_after": EXIT_AFTER,
        "sha256": posts.digest(*files),
    }


def _metrics(source: Source, sets: Sets, made: Bundle) -> dict[str, Any]:
    verdicts = evaluate.tested(made, sets.tests, tell)
    held_out = evaluate.by_set(made.content, sets.tests, verdicts)
    every = [one for examples in sets.tests.values() for one in examples]
    return bundle.rounded(
        {
            "held_out": held_out,
            "dev": evaluate.by_set(
                made.content, {"dev": sets.dev}, evaluate.tested(made, {"dev": sets.dev}, tell)
            )["dev"],
            "alone": _alone(made, sets),
            "by_group": evaluate.by_group(LABELS, sets.tests, verdicts),
            "by_variant": evaluate.by_variant(made, every, SEED, tell),
            "readers": _readers(source, sets),
        }
    )


def _readers(source: Source, sets: Sets) -> dict[str, float]:
    """How far a second reader and the gold labels agree: more no model can be shown to reach."""
    return asdict(evaluate.agreement(sets.tests["gold"], posts.labels(source.labels / AGAIN)))


def _alone(made: Bundle, sets: Sets) -> dict[str, dict[str, float]]:
    """Macro-F1 of each stage alone, and of the teacher in int8, on each set."""
    found: dict[str, dict[str, float]] = {}
    for name, judge in (("first", made.first), ("teacher", made.encoder)):
        if judge is None:
            continue
        found[name] = {}
        for of, examples in {"dev": sets.dev, **sets.tests}.items():
            chances = cascade.chances(judge([one.text for one in examples]).labels, 1.0)
            true = evaluate.true_of(examples, LABELS)
            found[name][of] = measure(chances, true, LABELS, 0.0, _mix(sets.random)).macro_f1
        tell(f"evaluated: {name} alone")
    return found


def evaluated(source: Source, folder: Path) -> str:
    """All figures, measured anew on the bundle in the folder."""
    metrics = _metrics(source, source.sets(), Bundle(folder))
    return f"{report.table(metrics)}\n\n{report.readers(metrics['readers'])}"
