"""Texts through the model: the service's own path beside a bare onnxruntime loop, the cascade
beside an encoder alone.

In: the posts that were written for the project (median 75 tokens). Out: posts a second. The bare
loop gets the same texts, already clean, tokenized and sorted by length, in groups of the same size:
what it is faster by is what our path costs. All of a table is measured in the same rounds.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from benchmarks.figures import Figure, Latency, best_rates, latency_of
from services.classify.bundle import MODEL_FILE, TOKENIZER_FILE, read_bundle
from services.classify.domain.text import clean
from services.classify.model import Model
from services.classify.settings import Settings

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "models" / "default"
POSTS = ROOT / "training" / "posts"
EVERY = 3  # of the written posts one in three: a go takes seconds, not minutes
# The project's second model, a whole 12-layer encoder in int8: what the cascade is measured
# against. Out of the history, so that it costs the repository nothing.
TWELVE_LAYERS = "0d0fea67c401882ff135084b0c3a2648a5c2d48e"
Group = dict[str, Any]
Post = tuple[str | None, str | None]


def measure(tell: Callable[[str], None]) -> Sequence[Figure]:
    """The batcher beside the bare loop; the cascade, if there is one, beside encoders alone."""
    posts = read_posts()
    with ExitStack() as opened:
        alone = encoder_alone(Path(opened.enter_context(TemporaryDirectory())))
        models = {"the encoder alone": alone}
        twelve = twelve_layers(Path(opened.enter_context(TemporaryDirectory())))
        if twelve is None:
            tell("judging: without the 12-layer encoder, which is in the git history only")
        else:
            models["the 12-layer int8 encoder alone"] = twelve
        if read_bundle(BUNDLE).first_stage is not None:
            models["the cascade"] = BUNDLE
        tell(f"judging: {len(posts)} posts, {len(models) + 2} ways, several goes (minutes)")
        rates = rates_of(posts, models)
    return figures_of(rates)


def figures_of(rates: dict[str, float]) -> list[Figure]:
    """Each way beside those it is to be compared with."""
    pairs = [
        ("the encoder alone", "a bare loop, sorted by length"),
        ("the encoder alone", "two bare loops side by side"),
        ("the encoder alone", "the 12-layer int8 encoder alone"),
        ("the cascade", "the encoder alone"),
        ("the cascade", "the 12-layer int8 encoder alone"),
    ]
    return [
        Figure(what, rates[what], baseline, rates[baseline])
        for what, baseline in pairs
        if what in rates and baseline in rates
    ]


def rates_of(posts: Sequence[Post], models: dict[str, Path]) -> dict[str, float]:
    """Posts a second through the service's path with each bundle, and through the bare loop."""
    settings = Settings(bundle=models["the encoder alone"])
    both, one = open_session(settings, settings.threads), open_session(settings, 1)
    groups = groups_of(settings, [clean(*post) for post in posts], settings.rows_max)
    goes: dict[str, Callable[[], object]] = {
        "a bare loop, sorted by length": lambda: run_all(both, groups),
        "two bare loops side by side": lambda: run_side_by_side(one, groups, settings.threads),
    }
    for name, folder in models.items():
        model = Model(Settings(bundle=folder))
        goes[name] = lambda model=model: judge_all(model, posts, settings.batch_records_max)
    return dict(zip(goes, best_rates(len(posts), *goes.values()), strict=True))


def measure_alone(tell: Callable[[str], None]) -> Sequence[Latency]:
    """One post at a time: judged, and with the words that weighed most."""
    lines = [clean(*post) for post in read_posts()]
    tell(f"alone: {len(lines)} posts one by one")
    model = Model(Settings(bundle=BUNDLE))
    with TemporaryDirectory() as folder:
        encoder = Model(Settings(bundle=encoder_alone(Path(folder))))
        return [
            latency_of("one post judged", seconds(model.judge, lines)),
            latency_of("one post judged by the encoder alone", seconds(encoder.judge, lines)),
            latency_of("one post with its words", seconds(model.weigh, lines)),
        ]


def seconds(ask: Callable[[list[str]], object], lines: Sequence[str]) -> list[float]:
    """How long each line takes when nothing else is asked."""
    taken: list[float] = []
    for line in lines:
        started = perf_counter()
        ask([line])
        taken.append(perf_counter() - started)
    return taken


def read_posts() -> list[Post]:
    """Title and text of the written posts."""
    lines = [
        line
        for file in sorted(POSTS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return [(post["title"], post["text"]) for post in map(json.loads, lines[::EVERY])]


def judge_all(model: Model, posts: Sequence[Post], batch_records_max: int) -> None:
    """As the consumer does: batch by batch, cleaned, judged."""
    for start in range(0, len(posts), batch_records_max):
        model.judge([clean(*post) for post in posts[start : start + batch_records_max]])


def encoder_alone(folder: Path) -> Path:
    """The default bundle without its first stage."""
    content = json.loads((BUNDLE / "bundle.json").read_text(encoding="utf-8"))
    content.pop("first_stage", None)
    (folder / "bundle.json").write_text(json.dumps(content), encoding="utf-8")
    for name in read_bundle(BUNDLE).read_files:
        (folder / name).symlink_to(BUNDLE / name)
    return folder


def twelve_layers(folder: Path) -> Path | None:
    """The second model's bundle, out of the history; None where there is no history."""
    for name in ("bundle.json", MODEL_FILE, TOKENIZER_FILE):
        shown = subprocess.run(
            ["git", "show", f"{TWELVE_LAYERS}:models/default/{name}"], cwd=ROOT, capture_output=True
        )
        if shown.returncode:
            return None
        (folder / name).write_bytes(shown.stdout)
    return folder


def open_session(settings: Settings, threads: int) -> InferenceSession:
    """The model as a caller with nothing but onnxruntime would open it."""
    options = SessionOptions()
    options.intra_op_num_threads = threads
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


def run_side_by_side(session: InferenceSession, groups: Sequence[Group], threads: int) -> None:
    """The same by some threads, each taking the next group."""
    with ThreadPoolExecutor(threads) as running:
        list(running.map(lambda group: session.run(["logits"], group), groups))
