"""The description of a model bundle, and whether the folder holds what it says.

In: a folder. Out: its checked description, or BundleInvalid with the file and the fault.
"""

import hashlib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Literal

from msgspec import DecodeError, Struct, json

from shared.contracts import Label, NegativeTopic

MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
TOKENS_MAX = 8_192


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

    def __post_init__(self) -> None:
        rules = {
            "name and version must not be empty": bool(self.name and self.version),
            "labels must name each label once": len(set(self.labels)) == len(self.labels),
            "topics must name a topic at most once": len(set(self.topics)) == len(self.topics),
            f"tokens_max must be 8 to {TOKENS_MAX}": 8 <= self.tokens_max <= TOKENS_MAX,
            "temperature must be above 0": isfinite(self.temperature) and self.temperature > 0,
            "confidence_threshold must be 0 to 1": 0 <= self.confidence_threshold <= 1,
        }
        for rule, kept in rules.items():
            if not kept:
                raise ValueError(rule)


def read_bundle(folder: Path) -> Bundle:
    """The bundle's description, its files checked. Raises BundleInvalid."""
    description = folder / "bundle.json"
    try:
        bundle = json.decode(description.read_bytes(), type=Bundle)
    except OSError as error:
        raise BundleInvalid(f"{description}: {error.strerror}") from error
    except (DecodeError, UnicodeDecodeError) as error:
        raise BundleInvalid(f"{description}: {error}") from error
    for name in (MODEL_FILE, TOKENIZER_FILE):
        _check(folder / name, bundle.files.get(name))
    return bundle


def _check(file: Path, expected: str | None) -> None:
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleInvalid(f"{file}: {error.strerror}") from error
    if found != expected:
        raise BundleInvalid(f"{file}: its SHA-256 is {found}, bundle.json says {expected}")
