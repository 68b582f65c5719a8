"""The description of a model bundle, and whether the folder holds what it says.

In: a folder. Out: its checked description, or BundleInvalid with the file and the fault.
"""

import hashlib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Literal, get_args

from msgspec import DecodeError, Struct, json

from shared.contracts import Label, NegativeTopic

MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
TOKENS_MAX = 8_192


class BundleInvalid(Exception):
    """The folder is no bundle, or a damaged one; the message says which file and why."""


class FirstStage(Struct, frozen=True):
    """A cheap graph that settles the sure texts; it takes and gives what the encoder does.

    `settles` holds, for each label, the confidence (after `temperature`) from which the label
    stands without the encoder; 1 means never.
    """

    file: str
    temperature: float
    settles: Mapping[Label, float]

    def __post_init__(self) -> None:
        _keep(
            {
                "first_stage.file must be the name of a file": _is_name(self.file),
                "first_stage.temperature must be above 0": _is_temperature(self.temperature),
                "first_stage.settles must name each label once": (
                    set(self.settles) == set(get_args(Label))
                ),
                "first_stage.settles must be 0 to 1": all(
                    0 <= least <= 1 for least in self.settles.values()
                ),
            }
        )


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
    first_stage: FirstStage | None = None
    diacritics: str | None = None

    def __post_init__(self) -> None:
        rules = {
            "name and version must not be empty": bool(self.name and self.version),
            "labels must name each label once": len(set(self.labels)) == len(self.labels),
            "topics must name a topic at most once": len(set(self.topics)) == len(self.topics),
            f"tokens_max must be 8 to {TOKENS_MAX}": 8 <= self.tokens_max <= TOKENS_MAX,
            "temperature must be above 0": _is_temperature(self.temperature),
            "confidence_threshold must be 0 to 1": 0 <= self.confidence_threshold <= 1,
            "diacritics must be the name of a file": (
                self.diacritics is None or _is_name(self.diacritics)
            ),
        }
        _keep(rules)

    @property
    def read_files(self) -> tuple[str, ...]:
        """The files of the folder that are read, and so must have a digest."""
        first = () if self.first_stage is None else (self.first_stage.file,)
        marks = () if self.diacritics is None else (self.diacritics,)
        return (MODEL_FILE, TOKENIZER_FILE, *first, *marks)


def _is_name(file: str) -> bool:
    """A name, so that nothing outside of the folder is read."""
    taken = ("", ".", "..", MODEL_FILE, TOKENIZER_FILE)
    return file not in taken and not {"/", "\\"} & set(file)


def _is_temperature(value: float) -> bool:
    return isfinite(value) and value > 0


def _keep(rules: Mapping[str, bool]) -> None:
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
    for name in bundle.read_files:
        _check(folder / name, bundle.files.get(name))
    return bundle


def _check(file: Path, expected: str | None) -> None:
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleInvalid(f"{file}: {error.strerror}") from error
    if found != expected:
        raise BundleInvalid(f"{file}: its SHA-256 is {found}, bundle.json says {expected}")
