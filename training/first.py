"""The first stage: a sum of table rows, one for each piece and one for each pair of neighbours.

In: token ids with soft labels. Out: a table, and the ONNX graph over it. Hundreds of times as
cheap as the encoder, and right where single words tell; what it isn't sure of goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from scipy.sparse import csr_array
from scipy.special import softmax

from training.graph import INPUTS, Graph, model_of, tensor

# Pairs share rows by a hash: (first * FACTOR + second) mod PAIRS. The graph computes the same.
FACTOR, PAIRS = 40_503, 1 << 17
SPECIAL = 4  # <s>, <pad>, </s>, <unk> say nothing
ROWS, EPOCHS, RATE, DECAY = 256, 8, 0.04, 4e-6
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` [pieces + PAIRS, labels + topics], `shifts` [labels + topics]."""

    rows: Floats
    shifts: Floats
    labels: int


def counted(texts: Sequence[Ids], pieces: int) -> csr_array:
    """[texts, pieces + PAIRS]: how often each row is summed, less for long texts."""
    places = [_places(ids, pieces) for ids in texts]
    lengths = np.array([len(one) for one in places])
    values = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    matrix = csr_array((values, np.concatenate(places), starts), shape=(len(texts), pieces + PAIRS))
    matrix.sum_duplicates()
    return matrix


def _places(ids: Ids, pieces: int) -> Ids:
    """Rows of the table: of the pieces, then of the pairs that stand side by side."""
    pairs = (ids[:-1] * FACTOR + ids[1:]) % PAIRS + pieces
    both = (ids[:-1] >= SPECIAL) & (ids[1:] >= SPECIAL)
    return np.concatenate([ids[ids >= SPECIAL], pairs[both]])


def train(features: csr_array, labels: Floats, topics: Floats, weights: Floats, seed: int) -> Table:
    """The table by which the posts get the probabilities `labels` and, as far as they are
    negative, `topics`. Adam over all rows; the seed orders the posts."""
    count = labels.shape[1]
    wanted = np.concatenate([labels, topics], axis=1)
    shape = (features.shape[1] + 1, wanted.shape[1])
    table, mean, square = (np.zeros(shape, np.float32) for _ in range(3))
    chance, step = np.random.default_rng(seed), 0
    total = EPOCHS * -(-features.shape[0] // ROWS)
    for _ in range(EPOCHS):
        order = chance.permutation(features.shape[0])
        for start in range(0, len(order), ROWS):
            part = order[start : start + ROWS]
            slope = _slope(features[part], table, wanted[part], weights[part], count)
            slope[:-1] += DECAY * table[:-1]
            step += 1
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope * slope - square)
            rate = RATE * (1 - step / (total + 1)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            table -= rate * mean / (np.sqrt(square) + 1e-8)
    return Table(table[:-1], table[-1], count)


def _slope(
    features: csr_array, table: Floats, wanted: Floats, weights: Floats, count: int
) -> Floats:
    found = features @ table[:-1] + table[-1]
    gap = np.concatenate(
        [
            softmax(found[:, :count], axis=1) - wanted[:, :count],
            # A topic counts as far as the post is negative, which is the last label.
            (softmax(found[:, count:], axis=1) - wanted[:, count:]) * wanted[:, [count - 1]],
        ],
        axis=1,
    ) * (weights[:, None] / len(weights))
    return np.concatenate([features.T @ gap, gap.sum(axis=0, keepdims=True)]).astype(np.float32)


def logits(table: Table, features: csr_array) -> tuple[Floats, Floats]:
    """Label and topic logits of each post."""
    found = features @ table.rows + table.shifts
    return found[:, : table.labels], found[:, table.labels :]


def graph_of(table: Table) -> onnx.ModelProto:
    """The same in ONNX, with the inputs and outputs of the encoder's graph. A pair's part is the
    part of its second token."""
    graph = Graph()
    pieces = len(table.rows) - PAIRS
    graph.constant("pieces", table.rows[:pieces].astype(np.float16))
    graph.constant("pairs", table.rows[pieces:].astype(np.float16))
    _constants(graph, table)
    known = graph.add("GreaterOrEqual", ["input_ids", "special"], "known.bool")
    seen = graph.add("Cast", ["attention_mask"], "seen.bool", to=TensorProto.BOOL)
    read = graph.add("And", [known, seen], "read.bool")
    first_ids = graph.add("Slice", ["input_ids", "zero", "but_last", "axis"], "first.ids")
    second_ids = graph.add("Slice", ["input_ids", "one", "end", "axis"], "second.ids")
    hashed = graph.add(
        "Add", [graph.add("Mul", [first_ids, "factor"], "hash.1"), second_ids], "hash.2"
    )
    pair_ids = graph.add("Mod", [hashed, "modulus"], "pair.ids")
    both = graph.add(
        "And",
        [
            graph.add("Slice", [read, "zero", "but_last", "axis"], "first.read"),
            graph.add("Slice", [read, "one", "end", "axis"], "second.read"),
        ],
        "both.read",
    )
    ones, of_pieces = _found(graph, "pieces", "input_ids", read)
    twos, of_pairs = _found(graph, "pairs", pair_ids, both)
    moved = graph.add("Pad", [of_pairs, "one_before"], "pairs.moved")
    total = graph.add("Add", [of_pieces, moved], "tokens.sum")
    count = graph.add("Add", [ones, twos], "count")
    root = graph.add("Sqrt", [graph.add("Max", [count, "unit"], "count.least")], "root")
    parts = graph.add("Div", [total, graph.add("Unsqueeze", [root, "last"], "root.wide")], "parts")
    summed = graph.add("ReduceSum", [parts, "axis"], "summed", keepdims=0)
    every = graph.add("Add", [summed, "shifts"], "every")
    graph.add("Slice", [every, "zero", "labels", "axis"], "logits")
    graph.add("Slice", [every, "labels", "end", "axis"], "topic_logits")
    graph.add("Slice", [parts, "zero", "labels", "last"], "token_logits")
    topics = len(table.shifts) - table.labels
    return model_of(
        graph,
        [tensor(name, TensorProto.INT64, "rows", "tokens") for name in INPUTS],
        [
            tensor("logits", TensorProto.FLOAT, "rows", table.labels),
            tensor("topic_logits", TensorProto.FLOAT, "rows", topics),
            tensor("token_logits", TensorProto.FLOAT, "rows", "tokens", table.labels),
        ],
    )


def _constants(graph: Graph, table: Table) -> None:
    whole = {
        "zero": [0],
        "one": [1],
        "axis": [1],
        "last": [2],
        "but_last": [-1],
        "end": [2**31],
        "labels": [table.labels],
        "one_before": [0, 1, 0, 0, 0, 0],
        "special": SPECIAL,
        "factor": FACTOR,
        "modulus": PAIRS,
    }
    for name, value in whole.items():
        graph.constant(name, np.array(value, np.int64))
    graph.constant("unit", np.array(1, np.float32))
    graph.constant("shifts", table.shifts.astype(np.float32))


def _found(graph: Graph, table: str, ids: str, read: str) -> tuple[str, str]:
    """How many rows a text has [rows, 1], and the rows [rows, tokens, outputs], 0 where nothing
    is read."""
    found = graph.add("Gather", [table, ids], f"{table}.half")
    as_float = graph.add("Cast", [found], f"{table}.float", to=TensorProto.FLOAT)
    mask = graph.add("Cast", [read], f"{table}.mask", to=TensorProto.FLOAT)
    count = graph.add("ReduceSum", [mask, "axis"], f"{table}.count", keepdims=1)
    wide = graph.add("Unsqueeze", [mask, "last"], f"{table}.mask.wide")
    return count, graph.add("Mul", [as_float, wide], f"{table}.read")
