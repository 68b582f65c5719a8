"""From the teacher to the bundle: the first stage, temperatures, thresholds, all figures.

In: the teacher, its soft labels, the posts. Out: `models/default`. Nothing here looks at the posts
that test before every setting is fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import (
    bundle,
    cascade,
    choosing,
    diacritics,
    evaluate,
    first,
    posts,
    report,
    soft,
)
from training.figures import measure
from training.graph import leaving
from training.judge import Bundle, Judge
from training.posts import Example
from training.splits import Sets
from training.stages import (
    LABELS,
    LEAVES_AFTER,
    PREFIX,
    SEED,
    TEACHING_ONWARD,
    TOKENS_MAX,
    Source,
    hard,
    tell,
    unlabelled,
)
from training.variants import some_variant

LAYERS = 12
AGAIN = "gold-again.csv"  # half of the gold posts, read once more without their labels


def train_first(source: Source) -> first.Table:
    """The first stage, from the soft labels of the teacher and from the hard ones."""
    file = source.cache / "first.npz"
    if not file.exists():
        texts, (ids, outputs) = unlabelled(source), soft.read(source.soft)
        labels, topics = soft.targets_of(outputs)
        use = np.flatnonzero(soft.is_to_learn(len(ids)))
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


def write(source: Source, folder: Path, settings: Mapping[str, Any]) -> None:
    """The bundle in the folder, with all that is measured of it."""
    onnx.save(first.graph_of(train_first(source)), source.cache / "first.onnx")
    sets = source.sets()
    chosen = choosing.choose(source, sets)
    diacritics.counted(source)
    folder.mkdir(parents=True, exist_ok=True)
    whole = onnx.load(source.cache / f"{choosing.SERVED}.onnx")
    served = leaving(whole, chosen.early_from, chosen.early_temperature, chosen.temperature)
    onnx.save(served, folder / "model.onnx")
    for name in ("first.onnx", "tokenizer.json", diacritics.FILE):
        (folder / name).write_bytes((source.cache / name).read_bytes())
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
            "diacritics": diacritics.FILE,
            # For people: the graph has it inside.
            "early_exit": {
                "after": LEAVES_AFTER,
                "temperature": chosen.early_temperature,
                "sure_from": chosen.early_from,
            },
        },
        [folder / name for name in ("model.onnx", "first.onnx", "tokenizer.json", diacritics.FILE)],
    )
    bundle.write_json(content, folder / "bundle.json")
    content["metrics"] = _metrics(source, sets, folder)
    bundle.write_json(content, folder / "bundle.json")
    (folder / "MODEL_CARD.md").write_text(bundle.card(content), encoding="utf-8")
    tell(f"bundle: written to {folder}")


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
        "still_layers": TEACHING_ONWARD.still_layers,
        "begun_from": source.begun_from,
        "sha256": posts.digest(*files),
    }


def _metrics(source: Source, sets: Sets, folder: Path) -> dict[str, Any]:
    made = Bundle(folder)
    verdicts = evaluate.tested(made, sets.tests, tell)
    held_out = evaluate.by_set(made.content, sets.tests, verdicts)
    every = [one for examples in sets.tests.values() for one in examples]
    return bundle.rounded(
        {
            "held_out": held_out,
            "dev": evaluate.by_set(
                made.content, {"dev": sets.dev}, evaluate.tested(made, {"dev": sets.dev}, tell)
            )["dev"],
            "alone": _alone(made, folder, sets),
            "by_group": evaluate.by_group(LABELS, sets.tests, verdicts),
            "by_variant": evaluate.by_variant(made, every, SEED, tell),
            "readers": _readers(source, sets),
        }
    )


def _readers(source: Source, sets: Sets) -> dict[str, float]:
    """How far a second reader and the gold labels agree: more no model can be shown to reach."""
    return asdict(evaluate.agreement(sets.tests["gold"], posts.labels(source.labels / AGAIN)))


def _alone(made: Bundle, folder: Path, sets: Sets) -> dict[str, dict[str, float]]:
    """Macro-F1 of the first stage, of the encoder's early exit and of all its layers, each alone,
    on each set."""
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as parts:
        for name, judge in (
            ("first", made.first),
            ("early exit", _exit_alone(made, folder, Path(parts) / "early.onnx", 0)),
            ("all layers", _exit_alone(made, folder, Path(parts) / "late.onnx", 2)),
        ):
            if judge is None:
                continue
            found[name] = {}
            for of, examples in {"dev": sets.dev, **sets.tests}.items():
                chances = cascade.chances(judge([one.text for one in examples]).labels, 1.0)
                true = evaluate.true_of(examples, LABELS)
                found[name][of] = measure(chances, true, LABELS, 0.0, _mix(sets.random)).macro_f1
            tell(f"evaluated: {name} alone")
    return found


def _exit_alone(made: Bundle, folder: Path, to: Path, sure_from: float) -> Judge:
    """The bundle's encoder, every row ended at the early exit (0) or none (2)."""
    onnx.save(leaving(onnx.load(folder / "model.onnx"), sure_from, 1, 1), to)
    content = made.content
    return Judge(
        to, folder / "tokenizer.json", content["prefix"], content["tokens_max"], made.marks
    )


def evaluated(source: Source, folder: Path) -> str:
    """All figures, measured anew on the bundle in the folder."""
    metrics = _metrics(source, source.sets(), folder)
    return f"{report.table(metrics)}\n\n{report.readers(metrics['readers'])}"
