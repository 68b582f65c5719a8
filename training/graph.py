"""The encoder as an ONNX graph, built from its weights.

In: the weights, the rows of the embedding table that are kept. Out: a model. No framework is
needed to write a graph of twelve layers.

The graph ends in the mean of the token vectors, scaled to length 1 (`embedding` [rows, hidden]),
and in what each token adds to it (`parts` [rows, tokens, hidden], which sum to the embedding): a
linear head over the embedding is then exactly a sum over tokens, and shows which words weighed.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.encoder import Encoder

OPSET = 20  # the first with Gelu
FAR_BELOW = -1e4  # added to the scores of padding before the softmax


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


def encoder_graph(encoder: Encoder, kept: Sequence[int]) -> onnx.ModelProto:
    """`input_ids`, `attention_mask` int64 [rows, tokens] to `embedding` and `parts` float32."""
    graph = Graph()
    hidden = _embed(graph, encoder, kept)
    bias = _mask_bias(graph)
    for layer in range(encoder.shape.layers):
        hidden = _layer(graph, encoder, f"l{layer}", hidden, bias)
    _pool(graph, hidden)
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


def _pool(graph: Graph, hidden: str) -> None:
    graph.constant("last_axis", np.array([-1], np.int64))
    column = graph.add("Unsqueeze", ["mask", "last_axis"], "column")
    counted = graph.add("Mul", [hidden, column], "counted")
    total = graph.add("ReduceSum", [counted, "one"], "total", keepdims=0)
    # The length of the sum: dividing by the number of tokens first would cancel out.
    length = graph.add("ReduceL2", [total, "one"], "sum_length", keepdims=1)
    graph.add("Div", [total, length], "embedding")
    wide = graph.add("Unsqueeze", [length, "one"], "wide_length")
    graph.add("Div", [counted, wide], "parts")


def with_head(
    model: onnx.ModelProto,
    labels: tuple[NDArray[np.float32], NDArray[np.float32]],
    topics: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> onnx.ModelProto:
    """The model with linear heads (weights [outputs, hidden], shifts [outputs]) instead of its
    vectors: `logits`, `topic_logits`, and `token_logits`, which sum to the logits less the shift.
    """
    graph = Graph()
    for name, source, (weight, shift) in (
        ("logits", "embedding", labels),
        ("topic_logits", "embedding", topics),
    ):
        graph.constant(f"{name}.w", weight.T.astype(np.float32))
        graph.constant(f"{name}.b", shift.astype(np.float32))
        product = graph.add("MatMul", [source, f"{name}.w"], f"{name}.product")
        graph.add("Add", [product, f"{name}.b"], name)
    graph.add("MatMul", ["parts", "logits.w"], "token_logits")
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(graph.constants)
    del model.graph.output[:]
    model.graph.output.extend(
        [
            tensor("logits", TensorProto.FLOAT, "rows", len(labels[1])),
            tensor("topic_logits", TensorProto.FLOAT, "rows", len(topics[1])),
            tensor("token_logits", TensorProto.FLOAT, "rows", "tokens", len(labels[1])),
        ]
    )
    onnx.checker.check_model(model)
    return model
