"""Bundles of a few kilobytes that a test can read with the eye, sound or with one fault.

In: what differs from a sound bundle. Out: a folder. The model is a bag of words: each word of
TABLE adds its row to the logits. Its graph is written as the protobuf bytes that ONNX defines
(`onnx.proto`), because nothing else in the tests needs the onnx package.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

LABELS, TOPICS = ("tich_cuc", "trung_tinh", "tieu_cuc"), ("toi_pham", "tai_nan")
# What a word adds to the logits of the three labels.
TABLE: Mapping[str, Sequence[float]] = {
    "<unk>": (0, 0, 0),
    "vui": (2, 0, -1),
    "tin": (0, 1, 0),
    "cướp": (-1, 0, 3),
}
INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("logits", "topic_logits", "token_logits")
_FLOAT, _INT64 = 1, 7  # element types


def write_bundle(
    folder: Path,
    *,
    model: bytes | None = None,
    tokenizer: str | None = None,
    first: bytes | None = None,
    marks: bytes | None = None,
    **described: Any,
) -> Path:
    """Write a sound bundle but for what is given; digests match whatever the files hold."""
    folder.mkdir(exist_ok=True)
    if first is not None:
        (folder / "first.onnx").write_bytes(first)
    if marks is not None:
        (folder / "marks.json.gz").write_bytes(marks)
    (folder / "model.onnx").write_bytes(graph() if model is None else model)
    (folder / "tokenizer.json").write_text(vocabulary() if tokenizer is None else tokenizer)
    content: dict[str, Any] = {
        "format": "candoi-bundle.v1",
        "name": "candoi-tiny",
        "version": "7",
        "labels": LABELS,
        "topics": TOPICS,
        "prefix": "",
        "tokens_max": 64,
        "normalisation": "nfc",
        "temperature": 1.0,
        "confidence_threshold": 0.5,
        "files": {file.name: digest(file) for file in folder.iterdir()},
    }
    if marks is not None:
        content["diacritics"] = "marks.json.gz"
    (folder / "bundle.json").write_text(json.dumps(content | described))
    return folder


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def vocabulary(first_row: int = 0) -> str:
    """A tokenizer that finds the words of TABLE in its rows, or further on."""
    words = WordLevel({word: row for row, word in enumerate(TABLE, first_row)}, "<unk>")
    tokenizer = Tokenizer(words)
    tokenizer.pre_tokenizer = WhitespaceSplit()
    return tokenizer.to_str()


def graph(
    *,
    inputs: Sequence[str] = INPUTS,
    outputs: Sequence[str] = OUTPUTS,
    labels: int = 3,
    named: Mapping[str, str] | None = None,
    table: Mapping[str, Sequence[float]] = TABLE,
    shift: float = 0.0,
    rows: int | None = None,
) -> bytes:
    """The model with the first `labels` columns of `table`; `named` says which of its values an
    output is, if not the one of its own name; `shift` is what each label has before a word is
    read, `rows` the only number of texts that it takes."""
    constants = (
        _tensor("axis", np.array([1], np.int64)),
        _tensor("last", np.array([-1], np.int64)),
        _tensor("table", np.array([row[:labels] for row in table.values()], np.float32)),
        _tensor("shift", np.array([shift], np.float32)),
        # The topics follow the first two labels.
        _tensor("to_topics", np.eye(labels, len(TOPICS), dtype=np.float32)),
    )
    nodes = [
        _node("Gather", ["table", inputs[0]], "words"),
        _node("Cast", [inputs[1]], "mask", to=_FLOAT),
        _node("Unsqueeze", ["mask", "last"], "column"),
        _node("Mul", ["words", "column"], "of.token_logits"),
        _node("ReduceSum", ["of.token_logits", "axis"], "summed", keepdims=0),
        _node("Add", ["summed", "shift"], "of.logits"),
        _node("MatMul", ["of.logits", "to_topics"], "of.topic_logits"),
    ]
    for output in outputs:
        nodes.append(_node("Identity", [f"of.{(named or {}).get(output, output)}"], output))
    body = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, b"tiny"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, _value(name, _INT64, rows)) for name in inputs),
            *(_field(12, _value(name, _FLOAT)) for name in outputs),
        ]
    )
    return _field(1, 10) + _field(7, body) + _field(8, _field(2, 20))


def _tensor(name: str, values: NDArray[Any]) -> bytes:
    sizes = b"".join(_field(1, size) for size in values.shape)
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    return sizes + _field(2, kind) + _field(8, name.encode()) + _field(9, values.tobytes())


def _node(operator: str, inputs: Sequence[str], output: str, **numbers: int) -> bytes:
    attributes = (
        _field(1, name.encode()) + _field(3, number) + _field(20, 2)
        for name, number in numbers.items()
    )
    return b"".join(
        [
            *(_field(1, name.encode()) for name in inputs),
            _field(2, output.encode()),
            _field(4, operator.encode()),
            *(_field(5, attribute) for attribute in attributes),
        ]
    )


def _value(name: str, kind: int, rows: int | None = None) -> bytes:
    """An input or output whose shape is left open, or but for the rows."""
    tensor = _field(1, kind)
    if rows is not None:
        tensor += _field(2, _field(1, _field(1, rows)) + _field(1, _field(2, b"tokens")))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, value: int | bytes) -> bytes:
    """One field of a protobuf message: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
