"""The int8 form of a graph, in which a text's figures do not depend on its neighbours.

In: a model in floats. Out: the same model with its matrices and word vectors in 8 bits, but for the
matrices of heads.

ONNX Runtime's dynamic quantisation takes one scale for a whole micro-batch, so that the same post
would be judged a little differently in every company, and 5 % of captions got another label. Here
each token has a scale of its own: a quarter slower, nearer to the floats, and always the same.
"""

from collections.abc import MutableMapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from training.graph import HEAD, Graph

MOST = 127  # the greatest 8-bit step, the same for both signs
MIDDLE = 128  # where 0 lies among unsigned bytes, which the fast kernels want for activations
LEAST = 1e-6  # no scale is 0, not even that of a vector of zeros

Constants = MutableMapping[str, NDArray[np.generic]]


def to_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with each product by a constant matrix, and each look-up, in 8 bits."""
    constants: Constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    graph = Graph()
    for node in model.graph.node:
        if node.op_type == "MatMul" and _is_large(node.input[1], constants):
            _product(graph, node, constants)
        elif node.op_type == "Gather" and node.input[0] in constants:
            _look_up(graph, node, constants)
        else:
            # Products of a layer with itself (attention) have no constant side: still in floats.
            graph.nodes.append(node)
    for name, value in constants.items():
        graph.constant(name, value)
    small = onnx.ModelProto()
    small.CopyFrom(model)
    del small.graph.node[:], small.graph.initializer[:]
    small.graph.node.extend(graph.nodes)
    small.graph.initializer.extend(graph.constants)
    onnx.checker.check_model(small)
    return small


def _is_large(matrix: str, constants: Constants) -> bool:
    """Whether it is a constant matrix of a layer; those of heads are small and stay in floats."""
    return matrix in constants and not matrix.endswith(HEAD)


def _product(graph: Graph, node: onnx.NodeProto, constants: Constants) -> None:
    """x W = (scale of the token) * (scale of the column) * (whole numbers)."""
    of, matrix = node.input
    bytes_of, scale_of = _in_bytes(graph, of, constants)
    whole, scales = _quantised(constants.pop(matrix), axis=0)
    graph.constant(f"{matrix}.int8", whole)
    graph.constant(f"{matrix}.scale", scales)
    name = node.output[0]
    product = graph.add("MatMulInteger", [bytes_of, f"{matrix}.int8", "middle"], f"{name}.whole")
    as_float = graph.add("Cast", [product], f"{name}.float", to=TensorProto.FLOAT)
    scaled = graph.add("Mul", [as_float, scale_of], f"{name}.scaled")
    graph.add("Mul", [scaled, f"{matrix}.scale"], name)


def _in_bytes(graph: Graph, of: str, constants: Constants) -> tuple[str, str]:
    """The vectors in bytes, and the scale of each; made once where several products need them."""
    if f"{of}.bytes" in (node.output[0] for node in graph.nodes):
        return f"{of}.bytes", f"{of}.scale"
    constants.setdefault("middle", np.array(MIDDLE, np.uint8))
    constants.setdefault("most", np.array(MOST, np.float32))
    constants.setdefault("least", np.array(LEAST, np.float32))
    constants.setdefault("step", np.array(1, np.float32))
    constants.setdefault("vector_axis", np.array([-1], np.int64))
    size = graph.add("Abs", [of], f"{of}.size")
    greatest = graph.add("ReduceMax", [size, "vector_axis"], f"{of}.greatest", keepdims=1)
    scale = graph.add(
        "Div", [graph.add("Max", [greatest, "least"], f"{of}.not_0"), "most"], f"{of}.scale"
    )
    steps = graph.add("Div", [of, scale], f"{of}.steps")
    return graph.add("QuantizeLinear", [steps, "step", "middle"], f"{of}.bytes"), scale


def _look_up(graph: Graph, node: onnx.NodeProto, constants: Constants) -> None:
    table, ids = node.input
    whole, scales = _quantised(constants.pop(table), axis=1)
    graph.constant(f"{table}.int8", whole)
    graph.constant(f"{table}.scale", scales)
    found = graph.add("Gather", [f"{table}.int8", ids], f"{table}.found")
    scale = graph.add("Gather", [f"{table}.scale", ids], f"{table}.found_scale")
    as_float = graph.add("Cast", [found], f"{table}.found_float", to=TensorProto.FLOAT)
    graph.add("Mul", [as_float, scale], node.output[0])


def _quantised(
    matrix: NDArray[np.generic], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers, and the scales that were taken along the axis (kept as a dimension of 1)."""
    greatest = np.abs(matrix).max(axis=axis, keepdims=True)
    scales = np.maximum(greatest / MOST, LEAST / MOST).astype(np.float32)
    return np.round(matrix / scales).astype(np.int8), scales
