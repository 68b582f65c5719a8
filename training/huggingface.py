"""A sequence classifier of the Hugging Face form as an ONNX graph, without PyTorch.

In: `config.json` and `model.safetensors` of a BERT, RoBERTa or XLM-RoBERTa classifier, PhoBERT
among them; or an ONNX export. Out: a graph with a bundle's inputs and its output `logits`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from training.encoder import Blocks, Encoder, Shape
from training.graph import INPUTS, Graph, encoder_graph

Tensors = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float32]

# In which part of the file the encoder stands, by the `model_type` of config.json.
PREFIXES = {"bert": "bert", "roberta": "roberta", "xlm-roberta": "roberta"}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_TYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}


class CannotExport(Exception):
    """The folder holds something that a bundle cannot be made of; the message says what."""


@dataclass(frozen=True, slots=True)
class Dense:
    """A matrix in floats, where the encoder's own weights come in blocks."""

    values: Floats

    def dense(self) -> Floats:
        """The matrix as [outputs, inputs]."""
        return self.values


def graph_of(config: Mapping[str, Any], weights: Path, first_place: int) -> onnx.ModelProto:
    """The classifier as a graph in floats; `first_place` is the row of the first token among the
    positions. Raises CannotExport."""
    _check(config)
    tensors = read_safetensors(weights)
    try:
        encoder = _encoder(config, tensors, first_place)
        model = encoder_graph(encoder, range(encoder.shape.vocabulary))
        return _with_head(model, f"l{encoder.shape.layers - 1}.oln.out", _head(tensors))
    except KeyError as error:
        raise CannotExport(f"{weights}: has no tensor {error}") from error


def without_types(file: Path) -> onnx.ModelProto:
    """An ONNX export, its weights in the one file, that needs no `token_type_ids`: all are 0."""
    model = onnx.load(file)
    kept = [one for one in model.graph.input if one.name != "token_type_ids"]
    if len(kept) < len(model.graph.input):
        zeros = helper.make_node("Sub", [INPUTS[0], INPUTS[0]], ["token_type_ids"])
        model.graph.node.insert(0, zeros)
        del model.graph.input[:]
        model.graph.input.extend(kept)
    return model


def with_unknown(model: onnx.ModelProto, first: int, unknown: int) -> onnx.ModelProto:
    """The same graph, which reads ids from `first` on as `unknown`."""
    graph = Graph()
    for name, value in (("first_unknown", first), ("unknown", unknown)):
        graph.constant(name, np.full(1, value, np.int64))
    known = graph.add("Less", [INPUTS[0], "first_unknown"], "is_known")
    graph.add("Where", [known, INPUTS[0], "unknown"], "known_ids")
    for node in model.graph.node:
        node.input[:] = ["known_ids" if name == INPUTS[0] else name for name in node.input]
    nodes = [*graph.nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(graph.constants)
    return model


def read_safetensors(file: Path) -> Tensors:
    """The tensors by name, as float32: 8 bytes of length, a header in JSON, then the numbers."""
    data = file.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = cast(dict[str, Any], json.loads(data[8:begin]))
    header.pop("__metadata__", None)
    return {
        name: _tensor(file, name, one, data, begin)
        for name, one in header.items()
        # Tables of positions, which no graph needs.
        if one["dtype"] != "I64"
    }


def _tensor(file: Path, name: str, one: Mapping[str, Any], data: bytes, begin: int) -> Floats:
    if one["dtype"] not in _TYPES:
        raise CannotExport(f"{file}: {name} is {one['dtype']}; floats can be read")
    kind = _TYPES[one["dtype"]]
    start, end = one["data_offsets"]
    found = np.frombuffer(data, kind, (end - start) // kind.itemsize, begin + start)
    if one["dtype"] == "BF16":  # the upper half of a float32
        found = (found.astype(np.uint32) << 16).view(np.float32)
    return found.astype(np.float32).reshape(one["shape"])


def _check(config: Mapping[str, Any]) -> None:
    kind = config.get("model_type")
    if kind not in PREFIXES:
        raise CannotExport(
            f"model_type {kind}: weights of {', '.join(PREFIXES)} can be read; "
            "export another kind to model.onnx first"
        )
    wanted = {"hidden_act": "gelu", "position_embedding_type": "absolute"}
    for name, value in wanted.items():
        if config.get(name, value) != value:
            raise CannotExport(f"{name} {config[name]}: only {value} can be written")


def _encoder(config: Mapping[str, Any], tensors: Tensors, first: int) -> Encoder:
    prefix = PREFIXES[config["model_type"]]
    shape = Shape(
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        intermediate=config["intermediate_size"],
        vocabulary=config["vocab_size"],
        positions=config["max_position_embeddings"] - first,
        epsilon=config.get("layer_norm_eps", 1e-12),
    )
    table = f"{prefix}.embeddings"
    matrices = {"emb.word": Dense(tensors[f"{table}.word_embeddings.weight"])}
    vectors = {
        "emb.pos": tensors[f"{table}.position_embeddings.weight"][first:].ravel(),
        "emb.type": tensors[f"{table}.token_type_embeddings.weight"][0],
        "emb.ln.w": tensors[f"{table}.LayerNorm.weight"],
        "emb.ln.b": tensors[f"{table}.LayerNorm.bias"],
    }
    for number in range(shape.layers):
        of = f"{prefix}.encoder.layer.{number}"
        for short, name in _LAYER.items():
            matrices[f"l{number}.{short}.w"] = Dense(tensors[f"{of}.{name}.weight"])
            vectors[f"l{number}.{short}.b"] = tensors[f"{of}.{name}.bias"]
        for short, name in _NORMS.items():
            vectors[f"l{number}.{short}.w"] = tensors[f"{of}.{name}.weight"]
            vectors[f"l{number}.{short}.b"] = tensors[f"{of}.{name}.bias"]
    return Encoder(shape, cast(Mapping[str, Blocks], matrices), vectors)


def _head(tensors: Tensors) -> list[tuple[Floats, Floats]]:
    """Two layers: BERT's pooler and classifier, or the two of RoBERTa's classifier."""
    layers = ("classifier.dense", "classifier.out_proj")
    if "classifier.weight" in tensors:
        layers = ("bert.pooler.dense", "classifier")
    return [(tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in layers]


def _with_head(
    model: onnx.ModelProto, hidden: str, head: list[tuple[Floats, Floats]]
) -> onnx.ModelProto:
    """The first token's vector through both layers of the head, instead of the mean of all."""
    graph = Graph()
    graph.constant("first_token", np.array([0], np.int64))
    graph.constant("token_axis", np.array([1], np.int64))
    kept = graph.add("Gather", [hidden, "first_token"], "first.kept", axis=1)
    vector = graph.add("Squeeze", [kept, "token_axis"], "first")
    for number, (weight, shift) in enumerate(head):
        graph.constant(f"head{number}.w", weight.T)
        graph.constant(f"head{number}.b", shift)
        product = graph.add("MatMul", [vector, f"head{number}.w"], f"head{number}.product")
        last = number == len(head) - 1
        vector = graph.add("Add", [product, f"head{number}.b"], "logits" if last else "head.sum")
        if not last:
            vector = graph.add("Tanh", [vector], "head.active")
    nodes = [*model.graph.node, *graph.nodes]
    del model.graph.node[:], model.graph.output[:]
    model.graph.node.extend(_needed(nodes, "logits"))
    read = {name for node in model.graph.node for name in node.input}
    constants = [one for one in (*model.graph.initializer, *graph.constants) if one.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(constants)
    labels = len(head[-1][1])
    model.graph.output.append(
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", labels])
    )
    onnx.checker.check_model(model)
    return model


def _needed(nodes: list[onnx.NodeProto], output: str) -> list[onnx.NodeProto]:
    """The nodes that the output rests on, in their order."""
    wanted, kept = {output}, list[onnx.NodeProto]()
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]
