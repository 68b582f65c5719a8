"""`python -m training.exporter`: a Hugging Face sequence classifier as a bundle folder.

In: a folder with `config.json`, a tokenizer and either `model.onnx` or `model.safetensors`.
Out: a folder that `CANDOI_CLASSIFY_BUNDLE` may name, tried by the service's own code. PyTorch is
not needed; onnx is, but for an export that is as a bundle's graph must be.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Annotated, Any, get_args

import typer
from onnxruntime import InferenceSession

from services.classify.bundle import MODEL_FILE, TOKENIZER_FILE, BundleInvalid
from services.classify.model import Model
from services.classify.settings import Settings
from services.classify.stage import INPUTS
from shared.contracts import Label
from training.slow_tokenizer import MERGES_FILE, UNKNOWN, VOCABULARY_FILE, tokenizer_json

WEIGHTS_FILE, EXPORT_FILES = "model.safetensors", ("model.onnx", "onnx/model.onnx")
TOKENS_MAX = 256  # what is read of a post is hardly longer
SAMPLE = "Công an bắt giữ nhóm đối tượng trộm cắp xe máy trên địa bàn phường"

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)


class NoClassifier(Exception):
    """The folder, or what is said of it, gives no bundle; the message says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What cannot be seen in the folder. `labels` maps the classifier's names to ours."""

    name: str
    version: str
    labels: Mapping[str, str]
    prefix: str = ""
    temperature: float = 1.0
    confidence_threshold: float = 0.6


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="The classifier.")],
    to: Annotated[Path, typer.Argument(help="The bundle; a new or an empty folder.")],
    name: Annotated[str, typer.Option(help="Of the model, as verdicts will tell it.")],
    version: Annotated[str, typer.Option(help="Another model needs another one.")],
    label: Annotated[list[str], typer.Option(help="Three times: THEIRS=tieu_cuc and so on.")],
    prefix: Annotated[str, typer.Option(help="Put before each text.")] = "",
    temperature: Annotated[float, typer.Option(help="Found on texts held out.")] = 1.0,
    confidence_threshold: Annotated[float, typer.Option(help="Below it a person looks.")] = 0.6,
    int8: Annotated[bool, typer.Option(help="In 8 bits: a quarter of the size.")] = False,
) -> None:
    """Write the bundle, load it as the service would, judge one sentence."""
    labels = dict(one.rpartition("=")[::2] for one in label)
    wanted = Wanted(name, version, labels, prefix, temperature, confidence_threshold)
    try:
        export(folder, to, wanted, int8=int8)
        judged = Model(Settings(bundle=to)).judge([SAMPLE])[0]
    except (NoClassifier, BundleInvalid, OSError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{to}: {name}@{version} says {judged.label} ({judged.confidence:.2f}) of: {SAMPLE}")


def export(folder: Path, to: Path, wanted: Wanted, *, int8: bool = False) -> None:
    """Write the bundle. Raises NoClassifier, OSError."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    labels = our_labels(config, wanted.labels)
    to.mkdir(parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise NoClassifier(f"{to}: is not empty")
    first_unknown = _write_tokenizer(folder, to / TOKENIZER_FILE)
    _write_graph(folder, config, to / MODEL_FILE, first_unknown, int8=int8)
    content = {
        "format": "candoi-bundle.v1",
        "name": wanted.name,
        "version": wanted.version,
        "labels": labels,
        "topics": [],
        "prefix": wanted.prefix,
        "tokens_max": tokens_max(config),
        "normalisation": "nfc",
        "temperature": wanted.temperature,
        "confidence_threshold": wanted.confidence_threshold,
        "files": {
            file: hashlib.sha256((to / file).read_bytes()).hexdigest()
            for file in (MODEL_FILE, TOKENIZER_FILE)
        },
    }
    (to / "bundle.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def our_labels(config: Mapping[str, Any], ours: Mapping[str, str]) -> Sequence[str]:
    """Our labels in the order of the classifier's outputs. Raises NoClassifier."""
    theirs = [name for _, name in sorted(config["id2label"].items(), key=lambda one: int(one[0]))]
    if sorted(ours) != sorted(theirs) or sorted(ours.values()) != sorted(get_args(Label)):
        raise NoClassifier(
            f"the classifier's labels are {', '.join(theirs)}: name each of them once, as "
            f"--label {theirs[0]}={get_args(Label)[0]}; ours are {', '.join(get_args(Label))}"
        )
    return [ours[name] for name in theirs]


def first_place(config: Mapping[str, Any]) -> int:
    """The row of the first token among the positions: RoBERTa counts from behind its padding."""
    behind_padding = config.get("model_type") in ("roberta", "xlm-roberta")
    return config.get("pad_token_id", 1) + 1 if behind_padding else 0


def tokens_max(config: Mapping[str, Any]) -> int:
    """Tokens that the classifier has places for, TOKENS_MAX at most."""
    return min(TOKENS_MAX, config["max_position_embeddings"] - first_place(config))


def _write_tokenizer(folder: Path, to: Path) -> int | None:
    """Write it; the first id that the graph must read as unknown, if there are such ids."""
    if (folder / TOKENIZER_FILE).exists():
        copyfile(folder / TOKENIZER_FILE, to)
        return None
    if not ((folder / VOCABULARY_FILE).exists() and (folder / MERGES_FILE).exists()):
        raise NoClassifier(
            f"{folder}: has no {TOKENIZER_FILE}, and not {VOCABULARY_FILE} with {MERGES_FILE}"
        )
    content, first_unknown = tokenizer_json(folder)
    to.write_text(content, encoding="utf-8")
    return first_unknown


def _write_graph(
    folder: Path, config: Mapping[str, Any], to: Path, first_unknown: int | None, *, int8: bool
) -> None:
    found = [folder / name for name in EXPORT_FILES if (folder / name).exists()]
    if found and int8:
        raise NoClassifier(f"{found[0]}: an export stays as it is; --int8 is for {WEIGHTS_FILE}")
    if found and first_unknown is None and _as_it_must_be(found[0]):
        copyfile(found[0], to)
        return
    # Late: the package onnx belongs to the training extra, and is not needed for the rest.
    import onnx

    from training import huggingface
    from training.int8 import to_int8

    try:
        if found:
            model = huggingface.without_types(found[0])
        else:
            model = huggingface.graph_of(config, folder / WEIGHTS_FILE, first_place(config))
    except huggingface.CannotExport as error:
        raise NoClassifier(str(error)) from error
    model = to_int8(model) if int8 else model
    if first_unknown is not None:
        model = huggingface.with_unknown(model, first_unknown, UNKNOWN)
    onnx.save(model, to)


def _as_it_must_be(file: Path) -> bool:
    """Whether the export takes what a bundle's graph takes and is all in one file."""
    beside = [*file.parent.glob("*.onnx_data"), *file.parent.glob("*.onnx.data")]
    inputs = {one.name for one in InferenceSession(file).get_inputs()}
    return inputs == set(INPUTS) and not beside


if __name__ == "__main__":
    app(prog_name="python -m training.exporter")
