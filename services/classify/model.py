"""The model: a bundle folder in, judgements out. Any bundle of the format may be put in its place.

In: texts as `text.clean` gives them. Out: a judgement for each, in order.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
from msgspec import DecodeError, Struct, ValidationError, json
from tokenizers import Encoding, Tokenizer

from services.classify.domain.batch import by_length
from services.classify.domain.verdict import UNREADABLE, Judgement, Reading, judge
from services.classify.domain.words import Token
from services.classify.settings import Settings
from shared.contracts import Label, NegativeTopic

REQUIRED_FILES = ("model.onnx", "tokenizer.json")
INPUTS = ("input_ids", "attention_mask")


class BundleInvalid(Exception):
    """The folder is no bundle, or a damaged one; the message says which file and why."""


class Bundle(Struct, frozen=True):
    """What `bundle.json` must say; more fields are welcome and ignored."""

    format: Literal["candoi-bundle.v1"]
    name: str
    version: str
    labels: tuple[Label, Label, Label]
    prefix: str
    tokens_max: int
    normalisation: Literal["nfc"]
    temperature: float
    confidence_threshold: float
    files: Mapping[str, str]
    topics: tuple[NegativeTopic, ...] = ()


def read_bundle(folder: Path) -> Bundle:
    """The bundle's description, its files checked. Raises BundleInvalid."""
    try:
        bundle = json.decode((folder / "bundle.json").read_bytes(), type=Bundle)
    except OSError as error:
        raise BundleInvalid(f"{folder / 'bundle.json'}: {error.strerror}") from error
    except (DecodeError, ValidationError) as error:
        raise BundleInvalid(f"{folder / 'bundle.json'}: {error}") from error
    for name in REQUIRED_FILES:
        _check(folder / name, bundle.files.get(name))
    return bundle


def _check(file: Path, expected: str | None) -> None:
    if not file.is_file():
        raise BundleInvalid(f"{file}: no such file")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != expected:
        raise BundleInvalid(f"{file}: its SHA-256 is {found}, bundle.json says {expected}")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A judgement, the line that was read, and what each token added to the label."""

    judgement: Judgement
    line: str
    tokens: Sequence[Token]


class Model:
    """A loaded bundle. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Raises BundleInvalid."""
        bundle = read_bundle(settings.bundle)
        self.name = f"{bundle.name}@{bundle.version}"
        self._settings = settings
        self._prefix = bundle.prefix
        self._reading = Reading(
            bundle.labels, bundle.topics, bundle.temperature, bundle.confidence_threshold
        )
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(settings.bundle / "tokenizer.json"))
        self._tokenizer.enable_truncation(bundle.tokens_max)  # pyright: ignore[reportUnknownMemberType]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        self._session = onnxruntime.InferenceSession(
            settings.bundle / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [output.name for output in self._session.get_outputs()]
        if "logits" not in self._outputs:
            raise BundleInvalid(f"{settings.bundle / 'model.onnx'}: no output named logits")

    def judge(self, lines: Sequence[str]) -> list[Judgement]:
        """A judgement for each line; blocks, so call it in a thread."""
        return [one.judgement for one in self._run(lines, weigh=False)]

    def weigh(self, lines: Sequence[str]) -> list[Weighed]:
        """The same with what each token added; no tokens if the bundle does not tell."""
        return self._run(lines, weigh=True)

    def _run(self, lines: Sequence[str], *, weigh: bool) -> list[Weighed]:
        encoded = self._tokenizer.encode_batch([self._prefix + line for line in lines])
        judged: dict[int, Weighed] = {}
        groups = by_length(
            [len(one.ids) for one in encoded],
            self._settings.rows_max,
            self._settings.padded_tokens_max,
        )
        for group in groups:
            rows = self._group([encoded[row] for row in group], weigh=weigh)
            for position, outputs in zip(group, rows, strict=True):
                judged[position] = self._read(lines[position], encoded[position], outputs)
        return [judged[position] for position in range(len(lines))]

    def _group(self, encoded: Sequence[Encoding], *, weigh: bool) -> list[Mapping[str, Any]]:
        """The outputs of each text of one micro-batch."""
        width = max(len(one.ids) for one in encoded)
        # Where the mask is 0 any id will do.
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros((len(encoded), width), np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        names = [name for name in self._outputs if weigh or name != "token_logits"]
        found = self._session.run(names, dict(zip(INPUTS, (ids, mask), strict=True)))
        return [
            {name: values[row].tolist() for name, values in zip(names, found, strict=True)}
            for row in range(len(encoded))
        ]

    def _read(self, line: str, encoded: Encoding, outputs: Mapping[str, Any]) -> Weighed:
        if not line:
            return Weighed(UNREADABLE, line, ())
        judgement = judge(outputs["logits"], outputs.get("topic_logits"), self._reading)
        label = self._reading.labels.index(judgement.label)
        tokens = [
            Token(start - len(self._prefix), end - len(self._prefix), weights[label])
            for (start, end), weights in zip(
                encoded.offsets, outputs.get("token_logits", ()), strict=False
            )
            if start >= len(self._prefix)
        ]
        return Weighed(judgement, line, tokens)
