"""The weights of an encoder that is served already, to train on from them.

In: the graph of a bundle that `write` made, in 8 bits. Out: an encoder in plain numbers, and its
heads. What 8 bits have lost is lost; a round of training does not miss it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from training.encoder import Encoder, Numbers, Shape
from training.graph import Head, Heads

Floats = NDArray[np.float32]
Constants = Mapping[str, NDArray[Any]]


def read(file: Path) -> tuple[Encoder, Heads]:
    """The encoder and its last heads. Raises KeyError if the graph is not one of ours."""
    graph = onnx.load(file).graph
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    matrices = {
        name.removesuffix(".int8"): Numbers(_dense(constants, name.removesuffix(".int8")))
        for name in constants
        if name.endswith(".int8") and name != "words.int8"
    }
    matrices["emb.word"] = Numbers(_dense(constants, "words").T)
    vectors = {
        name: np.array(value, np.float32)
        for name, value in constants.items()
        if name.startswith(("l", "emb.")) and value.ndim == 1 and value.dtype == np.float32
    }
    vectors |= {
        "emb.pos": constants["places"].reshape(-1),
        "emb.type": np.zeros(constants["places"].shape[1], np.float32),
    }
    epsilon = next(
        onnx.helper.get_node_attr_value(node, "epsilon")
        for node in graph.node
        if node.op_type == "LayerNormalization"
    )
    return Encoder(_shape(constants, float(epsilon)), matrices, vectors), _heads(constants)


def _dense(constants: Constants, name: str) -> Floats:
    """[outputs, inputs], as an encoder has its matrices."""
    whole = constants[f"{name}.int8"].astype(np.float32) * constants[f"{name}.scale"]
    return np.ascontiguousarray(whole.T)


def _shape(constants: Constants, epsilon: float) -> Shape:
    positions, hidden = constants["places"].shape
    return Shape(
        hidden=hidden,
        layers=sum(name.endswith(".fi.b") for name in constants),
        heads=int(constants["l0.q.split"][2]),
        intermediate=len(constants["l0.fi.b"]),
        vocabulary=len(constants["words.int8"]),
        positions=positions,
        epsilon=epsilon,
    )


def _heads(constants: Constants) -> Heads:
    return Heads(_head(constants, "logits"), _head(constants, "topic_logits"))


def _head(constants: Constants, output: str) -> Head:
    # Without an early exit; with one; as it was in the bundles before version 4.
    for weights, shifts in (
        (f"{output}.head", f"{output}.shift"),
        (f"late.{output}.head", f"late.{output}.shift"),
        (f"{output}.w", f"{output}.b"),
    ):
        if weights in constants:
            return Head(constants[weights].T.copy(), constants[shifts].copy())
    raise KeyError(output)
