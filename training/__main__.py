"""`python -m training`: from the wheels and the labelled posts to the default bundle.

In: the pool of posts and the gold labels (`--data`, outside of this repository), labels and posts
of this folder, two wheels. Out: `models/default`. Each stage keeps its result in `training/.cache`
and is skipped when it is there. The gold labels only test: nothing is trained on them.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import onnx
import typer

from training import bundle, encoder, features, graph, head, int8, posts, tokenizer
from training.figures import Figures, HeldOut

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "training" / ".cache"
BUNDLE = ROOT / "models" / "default"
POOL_LABELS = ROOT / "training" / "labels" / "pool.csv"
WRITTEN = ROOT / "training" / "posts"

LABELS = ("tich_cuc", "trung_tinh", "tieu_cuc")
TOPICS = ("toi_pham", "tai_nan", "sai_pham", "giat_gan", "sai_su_that", "khac")
PIECES, TOKENS_MAX, PREFIX, SEED = 20_000, 256, "query: ", 830
NAME, VERSION = "candoi-e5-small", "2"

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
Data = Annotated[
    Path, typer.Option(help="Folder with data/posts-pool.jsonl.gz and labels/gold-public.csv.")
]


@app.command()
def trim(data: Data) -> None:
    """Count the pieces that the pool uses, cut tokenizer and word vectors down to them."""
    kept_file = CACHE / "kept.json"
    if kept_file.exists():
        tell("tokenizer: there already")
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    tell("tokenizer: counting pieces over the pool (two minutes or so)")
    full = tokenizer.wheel_file()
    texts = (text for _, text in posts.pool_texts(_pool(data)))
    counts = tokenizer.count_pieces(full, texts, SEED)
    kept = tokenizer.choose(full, counts, PIECES)
    tokenizer.trim(full, kept, CACHE / "tokenizer.json")
    covered = sum(counts[row] for row in kept) / counts.total()
    tell(f"tokenizer: {len(kept)} pieces cover {covered:.2%} of the pool")
    kept_file.write_text(json.dumps(kept))


@app.command()
def quantise(data: Data) -> None:
    """Write the encoder as ONNX graph, in floats and in int8."""
    trim(data)
    if (CACHE / "encoder.onnx").exists():
        tell("encoder: there already")
        return
    kept = json.loads((CACHE / "kept.json").read_text())
    model = graph.encoder_graph(encoder.read(encoder.wheel_file()), kept)
    onnx.save(model, CACHE / "encoder-float.onnx")
    # In one step: half a file must not look like a finished stage.
    onnx.save(int8.to_int8(model), CACHE / "encoder.part.onnx")
    (CACHE / "encoder.part.onnx").replace(CACHE / "encoder.onnx")
    tell(f"encoder: {(CACHE / 'encoder.onnx').stat().st_size / 1e6:.1f} MB in int8")


@app.command()
def encode(data: Data) -> None:
    """Vectors of the labelled posts, by the int8 encoder and by the one in floats."""
    quantise(data)
    examples = _read(data).every()
    for name in ("encoder", "encoder-float"):
        file = _vectors_file(name, examples)
        if file.exists():
            tell(f"{name}: vectors are there already")
            continue
        vectors = features.embeddings(
            CACHE / "tokenizer.json",
            CACHE / f"{name}.onnx",
            [example.text for example in examples],
            PREFIX,
            TOKENS_MAX,
            progress(name),
        )
        np.save(file, vectors)


@app.command(name="all")
def make_all(data: Data) -> None:
    """All stages: trim, quantise, encode, then train the heads and write the bundle."""
    encode(data)
    read = _read(data)
    vectors = np.load(_vectors_file("encoder", read.every()))
    start, trained = len(read.trained), vectors[: len(read.trained)]
    names = [example.label for example in read.trained]
    negative = [at for at, example in enumerate(read.trained) if example.topic]
    topics = [str(read.trained[at].topic) for at in negative]
    tell(f"heads: {len(names)} posts, {len(negative)} with a topic; cross-validating (minutes)")
    figures = head.measure(trained, names, LABELS, SEED)
    topic_f1 = head.topic_macro_f1(trained[negative], topics, TOPICS, SEED)
    labels = head.train(trained, names, LABELS, SEED)
    of_topics = head.train(trained[negative], topics, TOPICS, SEED)
    tests: dict[str, HeldOut] = {}
    for name, examples in read.held_out.items():
        part, start = vectors[start : start + len(examples)], start + len(examples)
        true = [example.label for example in examples]
        tests[name] = head.test(labels, figures.temperature, part, true, LABELS)
        tell(f"heads: macro-F1 {tests[name].macro_f1:.3f} on {len(true)} posts held out ({name})")
    model = graph.with_head(
        onnx.load(CACHE / "encoder.onnx"),
        (labels.weights, labels.shifts),
        (of_topics.weights, of_topics.shifts),
    )
    _write(data, model, Measured(figures, topic_f1, tests), read)


@dataclass(frozen=True, slots=True)
class Posts:
    """What the heads are trained on, and what they are only tested on, by the set's name."""

    trained: Sequence[posts.Example]
    held_out: Mapping[str, Sequence[posts.Example]]
    from_pool: int

    def every(self) -> list[posts.Example]:
        """All of them, those for training first."""
        return [*self.trained, *(one for part in self.held_out.values() for one in part)]


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one training."""

    figures: Figures
    topic_macro_f1: float
    tests: Mapping[str, HeldOut]


def _read(data: Path) -> Posts:
    from_pool = posts.examples(_pool(data), POOL_LABELS)
    gold = posts.examples(_pool(data), _gold(data))
    shared = {one.post_id for one in from_pool} & {one.post_id for one in gold}
    assert not shared, f"{min(shared)} is to be trained on and tested on"
    local = posts.written(WRITTEN)
    kept = [example for example in local if not posts.is_held_out(example)]
    tested = [example for example in local if posts.is_held_out(example)]
    return Posts([*from_pool, *kept], {"national": gold, "local": tested}, len(from_pool))


def _write(data: Path, model: onnx.ModelProto, measured: Measured, read: Posts) -> None:
    BUNDLE.mkdir(parents=True, exist_ok=True)
    onnx.save(model, BUNDLE / "model.onnx")
    (BUNDLE / "tokenizer.json").write_bytes((CACHE / "tokenizer.json").read_bytes())
    rounded, exact = (
        np.load(_vectors_file(name, read.every())) for name in ("encoder", "encoder-float")
    )
    cosine = (rounded * exact).sum(axis=1)
    files = (_gold(data), POOL_LABELS, *sorted(WRITTEN.glob("*.jsonl")), _pool(data))
    settings = {
        "name": NAME,
        "version": VERSION,
        "labels": LABELS,
        "topics": TOPICS,
        "prefix": PREFIX,
        "tokens_max": TOKENS_MAX,
        "normalisation": "nfc",
        "training_data": {
            "posts": len(read.trained),
            "from_pool": read.from_pool,
            "negatives": sum(example.label == "tieu_cuc" for example in read.trained),
            "pieces": len(json.loads((CACHE / "kept.json").read_text())),
            "int8_cosine_mean": round(float(cosine.mean()), 5),
            "int8_cosine_least": round(float(cosine.min()), 5),
            "sha256": posts.digest(*files),
        },
    }
    made = [BUNDLE / "model.onnx", BUNDLE / "tokenizer.json"]
    content = bundle.describe(settings, measured.figures, measured.tests, made)
    content["metrics"]["topic_macro_f1"] = round(measured.topic_macro_f1, 4)
    bundle.write_json(content, BUNDLE / "bundle.json")
    (BUNDLE / "MODEL_CARD.md").write_text(bundle.card(content), encoding="utf-8")
    tell(f"bundle: written to {BUNDLE.relative_to(ROOT)}")


def _vectors_file(name: str, examples: Sequence[posts.Example]) -> Path:
    # Named by what it was made from: after a change of the labelled posts, of `clean` or of the
    # encoder, old vectors would stand for other posts, and nothing would tell.
    made_from = (CACHE / "tokenizer.json", CACHE / f"{name}.onnx")
    mark = posts.fingerprint((example.text for example in examples), *made_from)
    return CACHE / f"{name}-{mark[:16]}.npy"


def _pool(data: Path) -> Path:
    return _there(data / "data" / "posts-pool.jsonl.gz")


def _gold(data: Path) -> Path:
    return _there(data / "labels" / "gold-public.csv")


def _there(file: Path) -> Path:
    if not file.exists():
        tell(f"{file} is missing: say with --data where the folder with data/ and labels/ is")
        raise typer.Exit(1)
    return file


def progress(name: str) -> Callable[[int, int], None]:
    """Tells every tenth of the way."""
    told = 0

    def seen(done: int, of: int) -> None:
        nonlocal told
        if done * 10 // of > told:
            told = done * 10 // of
            tell(f"{name}: {done} of {of} posts")

    return seen


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m training")
