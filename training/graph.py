"""The encoder as an ONNX graph, built from its weights.

In: the weights, the rows of the embedding table that are kept. Out: a model. No framework is
needed to write a graph of twelve layers.

A head reads the mean of the token vectors, scaled to length 1. What each token adds to that vector
is known, so that a linear head over it is exactly a sum over tokens, and shows which words weighed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.encoder import Encoder

OPSET = 20  # the first with Gelu
FAR_BELOW = -1e4  # added to the scores of padding before the softmax
HEAD = ".head"  # how the name of a head's matrix ends
EARLY_TEMPERATURE, TEMPERATURE, SURE_FROM = "early.temperature", "temperature", "early.sure_from"


class Graph:
    """Nodes and constants of a graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add a constant; its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        """Add a node with one output; the output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` [outputs, hidden] and `shifts` [outputs], in the order of the given names."""

    weights: NDArray[np.float32]
    shifts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heads:
    """What a vector of length 1 says of the labels and of the topics."""

    labels: Head
    topics: Head


@dataclass(frozen=True, slots=True)
class EarlyExit:
    """After how many layers a row may end, and the heads that judge it there."""

    after: int
    heads: Heads


def classifier_graph(
    encoder: Encoder, heads: Heads, early: EarlyExit | None = None
) -> onnx.ModelProto:
    """`input_ids`, `attention_mask` int64 [rows, tokens] to `logits`, `topic_logits`, and
    `token_logits`, which sum to the logits less the shift.

    With an early exit, a row of which the lower layers are sure ends there, and the upper ones
    compute the others alone. It never does until `leaving` says from when.
    """
    graph = Graph()
    hidden, mask = _embed(graph, encoder, range(encoder.shape.vocabulary)), "mask"
    bias = _mask_bias(graph)
    layers = [f"l{layer}" for layer in range(encoder.shape.layers)]
    for layer in layers[: early.after if early else 0]:
        hidden = _layer(graph, encoder, layer, hidden, bias)
    if early:
        _judge(graph, "early.", early.heads, hidden, mask)
        rows = _undecided(graph)
        hidden, mask, bias = (
            graph.add("Gather", [of, rows], f"late.{of}") for of in (hidden, mask, bias)
        )
    for layer in layers[early.after if early else 0 :]:
        hidden = _layer(graph, encoder, layer, hidden, bias)
    _judge(graph, "late." if early else "", heads, hidden, mask)
    if early:
        _bring_together(graph)
    labels, topics = len(heads.labels.shifts), len(heads.topics.shifts)
    tokens = [tensor(name, TensorProto.INT64, "rows", "tokens") for name in INPUTS]
    outputs = [
        tensor("logits", TensorProto.FLOAT, "rows", labels),
        tensor("topic_logits", TensorProto.FLOAT, "rows", topics),
        tensor("token_logits", TensorProto.FLOAT, "rows", "tokens", labels),
    ]
    return model_of(graph, tokens, outputs)


def encoder_graph(encoder: Encoder, kept: Sequence[int]) -> onnx.ModelProto:
    """`input_ids`, `attention_mask` int64 [rows, tokens] to `embedding` and `parts` float32."""
    graph = Graph()
    hidden = _embed(graph, encoder, kept)
    bias = _mask_bias(graph)
    for layer in range(encoder.shape.layers):
        hidden = _layer(graph, encoder, f"l{layer}", hidden, bias)
    _pool(graph, "", hidden, "mask")
    size = encoder.shape.hidden
    tokens = [tensor(name, TensorProto.INT64, "rows", "tokens") for name in INPUTS]
    outputs = [
        tensor("embedding", TensorProto.FLOAT, "rows", size),
        tensor("parts", TensorProto.FLOAT, "rows", "tokens", size),
    ]
    return model_of(graph, tokens, outputs)


INPUTS = ("input_ids", "attention_mask")


def model_of(
    graph: Graph, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """The finished model, checked."""
    body = helper.make_graph(graph.nodes, "candoi", inputs, outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def tensor(name: str, kind: int, *sizes: str | int) -> onnx.ValueInfoProto:
    """An input or output; a size may be a name."""
    return helper.make_tensor_value_info(name, kind, sizes)


def _embed(graph: Graph, encoder: Encoder, kept: Sequence[int]) -> str:
    words = graph.constant("words", encoder.matrices["emb.word"].dense()[list(kept)])
    size = encoder.shape.hidden
    places = encoder.vectors["emb.pos"].reshape(-1, size) + encoder.vectors["emb.type"]
    graph.constant("places", places.astype(np.float32))
    word = graph.add("Gather", [words, "input_ids"], "word")
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.constant("last_axis", np.array([-1], np.int64))
    shape = graph.add("Shape", ["input_ids"], "shape")
    length = graph.add("Gather", [shape, "one"], "length")
    place = graph.add("Slice", ["places", "zero", length, "zero"], "place")
    summed = graph.add("Add", [word, place], "embedded")
    return _norm(graph, encoder, "emb.ln", summed)


def _norm(graph: Graph, encoder: Encoder, name: str, of: str) -> str:
    scale = graph.constant(f"{name}.w", encoder.vectors[f"{name}.w"])
    shift = graph.constant(f"{name}.b", encoder.vectors[f"{name}.b"])
    epsilon = encoder.shape.epsilon
    return graph.add("LayerNormalization", [of, scale, shift], f"{name}.out", epsilon=epsilon)


def _mask_bias(graph: Graph) -> str:
    """0 for tokens, far below for padding: [rows, 1, 1, tokens]."""
    mask = graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    graph.constant("unit", np.array(1, np.float32))
    graph.constant("far_below", np.array(FAR_BELOW, np.float32))
    padding = graph.add("Sub", ["unit", mask], "padding")
    below = graph.add("Mul", [padding, "far_below"], "below")
    graph.constant("head_axes", np.array([1, 2], np.int64))
    return graph.add("Unsqueeze", [below, "head_axes"], "bias")


def _linear(graph: Graph, encoder: Encoder, name: str, of: str) -> str:
    weight = graph.constant(f"{name}.w", encoder.matrices[f"{name}.w"].dense().T)
    shift = graph.constant(f"{name}.b", encoder.vectors[f"{name}.b"])
    product = graph.add("MatMul", [of, weight], f"{name}.product")
    return graph.add("Add", [product, shift], f"{name}.out")


def _heads(graph: Graph, encoder: Encoder, name: str, of: str, *axes: int) -> str:
    heads, hidden = encoder.shape.heads, encoder.shape.hidden
    split = graph.constant(f"{name}.split", np.array([0, 0, heads, hidden // heads], np.int64))
    reshaped = graph.add("Reshape", [of, split], f"{name}.split.out")
    return graph.add("Transpose", [reshaped], f"{name}.heads", perm=axes)


def _attend(graph: Graph, encoder: Encoder, layer: str, of: str, bias: str) -> str:
    hidden, heads = encoder.shape.hidden, encoder.shape.heads
    query = _heads(
        graph, encoder, f"{layer}.q", _linear(graph, encoder, f"{layer}.q", of), 0, 2, 1, 3
    )
    key = _heads(
        graph, encoder, f"{layer}.k", _linear(graph, encoder, f"{layer}.k", of), 0, 2, 3, 1
    )
    value = _heads(
        graph, encoder, f"{layer}.v", _linear(graph, encoder, f"{layer}.v", of), 0, 2, 1, 3
    )
    scale = graph.constant(f"{layer}.scale", np.array(1 / sqrt(hidden // heads), np.float32))
    scores = graph.add("MatMul", [query, key], f"{layer}.scores")
    scaled = graph.add("Mul", [scores, scale], f"{layer}.scaled")
    masked = graph.add("Add", [scaled, bias], f"{layer}.masked")
    weights = graph.add("Softmax", [masked], f"{layer}.weights", axis=-1)
    mixed = graph.add("MatMul", [weights, value], f"{layer}.mixed")
    joined = graph.add("Transpose", [mixed], f"{layer}.joined", perm=[0, 2, 1, 3])
    merge = graph.constant(f"{layer}.merge", np.array([0, 0, hidden], np.int64))
    return graph.add("Reshape", [joined, merge], f"{layer}.attended")


def _layer(graph: Graph, encoder: Encoder, layer: str, of: str, bias: str) -> str:
    attended = _attend(graph, encoder, layer, of, bias)
    out = _linear(graph, encoder, f"{layer}.ao", attended)
    first = _norm(graph, encoder, f"{layer}.aln", graph.add("Add", [out, of], f"{layer}.first"))
    wide = _linear(graph, encoder, f"{layer}.fi", first)
    active = graph.add("Gelu", [wide], f"{layer}.active")
    narrow = _linear(graph, encoder, f"{layer}.fo", active)
    second = graph.add("Add", [narrow, first], f"{layer}.second")
    return _norm(graph, encoder, f"{layer}.oln", second)


def _pool(graph: Graph, name: str, hidden: str, mask: str) -> None:
    column = graph.add("Unsqueeze", [mask, "last_axis"], f"{name}column")
    counted = graph.add("Mul", [hidden, column], f"{name}counted")
    total = graph.add("ReduceSum", [counted, "one"], f"{name}total", keepdims=0)
    # The length of the sum: dividing by the number of tokens first would cancel out.
    length = graph.add("ReduceL2", [total, "one"], f"{name}sum_length", keepdims=1)
    graph.add("Div", [total, length], f"{name}embedding")
    wide = graph.add("Unsqueeze", [length, "one"], f"{name}wide_length")
    graph.add("Div", [counted, wide], f"{name}parts")


def _judge(graph: Graph, name: str, heads: Heads, hidden: str, mask: str) -> None:
    _pool(graph, name, hidden, mask)
    for output, head in (("logits", heads.labels), ("topic_logits", heads.topics)):
        # Small, and their figures become probabilities: `int8.py` leaves matrices of heads alone.
        graph.constant(f"{name}{output}{HEAD}", head.weights.T.astype(np.float32))
        graph.constant(f"{name}{output}.shift", head.shifts.astype(np.float32))
        product = graph.add(
            "MatMul", [f"{name}embedding", f"{name}{output}{HEAD}"], f"{name}{output}.product"
        )
        graph.add("Add", [product, f"{name}{output}.shift"], f"{name}{output}")
    graph.add("MatMul", [f"{name}parts", f"{name}logits{HEAD}"], f"{name}token_logits")


def _undecided(graph: Graph) -> str:
    """Places of the rows that go on [undecided]; in their stead the early logits are set so that
    the temperature of the whole graph is right for them too."""
    # `leaving` sets these three; as they stand, no row ends early.
    for name, value in ((EARLY_TEMPERATURE, 1), (TEMPERATURE, 1), (SURE_FROM, 2)):
        graph.constant(name, np.array(value, np.float32))
    cooled = graph.add("Div", ["early.logits", EARLY_TEMPERATURE], "early.cooled")
    chances = graph.add("Softmax", [cooled], "early.chances", axis=-1)
    surest = graph.add("ReduceMax", [chances, "one"], "early.surest", keepdims=0)
    unsure = graph.add("Less", [surest, SURE_FROM], "early.unsure")
    rows = graph.add("NonZero", [unsure], "undecided.rows")
    graph.add("Transpose", [rows], "undecided", perm=[1, 0])
    return graph.add("Squeeze", [rows, "zero"], "rows")


def _bring_together(graph: Graph) -> None:
    ratio = graph.add("Div", [TEMPERATURE, EARLY_TEMPERATURE], "early.ratio")
    for output in ("logits", "token_logits"):
        graph.add("Mul", [f"early.{output}", ratio], f"early.{output}.scaled")
        graph.add("ScatterND", [f"early.{output}.scaled", "undecided", f"late.{output}"], output)
    topics = ["early.topic_logits", "undecided", "late.topic_logits"]
    graph.add("ScatterND", topics, "topic_logits")


def leaving(
    model: onnx.ModelProto, sure_from: float, early_temperature: float, temperature: float
) -> onnx.ModelProto:
    """The graph with an early exit, whose rows end there from the probability `sure_from` on: 0
    for all, more than 1 for none. The temperatures are that of the exit and that of the whole."""
    values = {
        EARLY_TEMPERATURE: early_temperature,
        TEMPERATURE: temperature,
        SURE_FROM: sure_from,
    }
    found = onnx.ModelProto()
    found.CopyFrom(model)
    for constant in found.graph.initializer:
        if constant.name in values:
            value = np.array(values[constant.name], np.float32)
            constant.CopyFrom(numpy_helper.from_array(value, constant.name))
    return found
