"""The encoder's graph: a row that is sure early ends there, and no other row notices."""

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from training import served
from training.encoder import Encoder, Numbers, Shape
from training.graph import EarlyExit, Head, Heads, classifier_graph, leaving
from training.int8 import to_int8

SHAPE = Shape(16, layers=3, heads=2, intermediate=32, vocabulary=50, positions=12, epsilon=2**-17)
LABELS, TOPICS = 3, 2
EARLY, WHOLE = 0.5, 1.5  # temperatures
NEVER, ALWAYS = 2.0, 0.0
Outputs = dict[str, NDArray[np.float32]]


def encoder(seed: int = 1) -> Encoder:
    """An encoder of random weights."""
    chance, hidden, wide = np.random.default_rng(seed), SHAPE.hidden, SHAPE.intermediate

    def some(*sizes: int) -> NDArray[np.float32]:
        return chance.normal(size=sizes, scale=0.4).astype(np.float32)

    matrices = {"emb.word": Numbers(some(SHAPE.vocabulary, hidden))}
    vectors = {
        "emb.pos": some(SHAPE.positions * hidden),
        "emb.type": np.zeros(hidden, np.float32),
        "emb.ln.w": 1 + some(hidden),
        "emb.ln.b": some(hidden),
    }
    for at in range(SHAPE.layers):
        sizes = dict.fromkeys(("q", "k", "v", "ao"), (hidden, hidden))
        for name, (rows, columns) in (sizes | {"fi": (wide, hidden), "fo": (hidden, wide)}).items():
            matrices[f"l{at}.{name}.w"] = Numbers(some(rows, columns))
            vectors[f"l{at}.{name}.b"] = some(rows)
        for norm in ("aln", "oln"):
            vectors[f"l{at}.{norm}.w"], vectors[f"l{at}.{norm}.b"] = 1 + some(hidden), some(hidden)
    return Encoder(SHAPE, matrices, vectors)


def heads(seed: int) -> Heads:
    """Heads of random weights."""
    chance = np.random.default_rng(seed)

    def head(outputs: int) -> Head:
        weights = 4 * chance.normal(size=(outputs, SHAPE.hidden)).astype(np.float32)
        return Head(weights, chance.normal(size=outputs).astype(np.float32))

    return Heads(head(LABELS), head(TOPICS))


WITHOUT = classifier_graph(encoder(), heads(2))
WITH = classifier_graph(encoder(), heads(2), EarlyExit(1, heads(3)))


def asked(rows: int = 9) -> dict[str, NDArray[np.int64]]:
    """Texts of 3 to 11 tokens, padded."""
    chance = np.random.default_rng(7)
    ids = chance.integers(4, SHAPE.vocabulary, (rows, 11))
    mask = (np.arange(11) < np.linspace(3, 11, rows).astype(int)[:, None]).astype(np.int64)
    return {"input_ids": np.where(mask, ids, 1), "attention_mask": mask}


def run(model: onnx.ModelProto, texts: dict[str, NDArray[np.int64]]) -> Outputs:
    """All outputs by name."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, texts), strict=True))


def leaving_from(sure_from: float) -> onnx.ModelProto:
    """The graph with an early exit, as it would be served."""
    return leaving(WITH, sure_from, EARLY, WHOLE)


def chances(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Softmax of the rows."""
    powers = np.exp(logits / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def test_a_graph_of_which_no_row_leaves_is_the_graph_without_an_exit() -> None:
    plain, never = run(WITHOUT, asked()), run(leaving_from(NEVER), asked())
    assert {name: value.shape for name, value in plain.items()} == {
        "logits": (9, LABELS),
        "topic_logits": (9, TOPICS),
        "token_logits": (9, 11, LABELS),
    }
    for name, value in plain.items():
        np.testing.assert_allclose(never[name], value, atol=1e-5)


def test_a_new_graph_lets_no_row_leave() -> None:
    np.testing.assert_array_equal(
        run(WITH, asked())["logits"], run(leaving_from(NEVER), asked())["logits"]
    )


@pytest.fixture(scope="module")
def between() -> float:
    """A probability from which some of the rows leave, and some don't."""
    sure = chances(run(leaving_from(ALWAYS), asked())["logits"], WHOLE).max(1)
    return float(np.sort(sure)[4:6].mean())


def test_rows_that_are_sure_leave_and_the_others_go_on(between: float) -> None:
    early, late = run(leaving_from(ALWAYS), asked()), run(leaving_from(NEVER), asked())
    mixed = run(leaving_from(between), asked())
    left = chances(early["logits"], WHOLE).max(1) >= between
    assert 0 < left.sum() < len(left)
    for name, value in mixed.items():
        np.testing.assert_allclose(value[left], early[name][left], atol=1e-5)
        np.testing.assert_allclose(value[~left], late[name][~left], atol=1e-5)


def test_a_row_gets_the_same_alone_and_in_company(between: float) -> None:
    model, texts = to_int8(leaving_from(between)), asked()
    together = run(model, texts)
    for row in range(9):
        alone = run(model, {name: value[row : row + 1] for name, value in texts.items()})
        for name, value in alone.items():
            np.testing.assert_allclose(value[0], together[name][row], atol=1e-5)


def test_the_exit_is_read_with_a_temperature_of_its_own() -> None:
    raw = run(leaving(WITH, ALWAYS, 1, 1), asked())["logits"]
    cooled = run(leaving_from(ALWAYS), asked())["logits"]
    np.testing.assert_allclose(chances(cooled, WHOLE), chances(raw, EARLY), atol=1e-5)


@pytest.mark.parametrize("sure_from", [NEVER, ALWAYS])
def test_what_the_tokens_add_is_the_logits_but_for_the_same_shift(sure_from: float) -> None:
    found = run(leaving_from(sure_from), asked())
    shifts = found["logits"] - found["token_logits"].sum(axis=1)
    np.testing.assert_allclose(shifts, np.tile(shifts[0], (9, 1)), atol=1e-4)


def test_in_8_bits_the_layers_are_small_and_the_heads_whole() -> None:
    constants = {one.name: one.data_type for one in to_int8(WITH).graph.initializer}
    assert constants["l0.fi.w.int8"] == onnx.TensorProto.INT8
    assert constants["late.logits.head"] == onnx.TensorProto.FLOAT


@pytest.mark.parametrize("model", [WITHOUT, WITH])
def test_the_weights_of_a_served_graph_make_the_same_graph_again(
    model: onnx.ModelProto, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("bundle") / "model.onnx"
    onnx.save(to_int8(model), file)
    weights, again = served.read(file)
    assert weights.shape == SHAPE
    # 8 bits of 8 bits are the same 8 bits.
    rebuilt = to_int8(classifier_graph(weights, again))
    expected = run(to_int8(WITHOUT), asked())
    for name, value in run(rebuilt, asked()).items():
        np.testing.assert_allclose(value, expected[name], atol=2e-3)


def test_another_graph_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("bundle") / "model.onnx"
    node = onnx.helper.make_node("Identity", ["a"], ["b"])
    value = onnx.helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, [1])
    other = onnx.helper.make_tensor_value_info("b", onnx.TensorProto.FLOAT, [1])
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "x", [value], [other])), file)
    with pytest.raises(KeyError):
        served.read(file)
