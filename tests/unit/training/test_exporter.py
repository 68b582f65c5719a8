"""A classifier of the Hugging Face form becomes a bundle that the service loads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from services.classify.bundle import read_bundle
from services.classify.model import Model
from services.classify.settings import Settings
from tests.unit.classify.tiny import digest, graph, vocabulary
from training.exporter import NoClassifier, Wanted, app, export, our_labels, tokens_max

NAMES = {"0": "POS", "1": "NEU", "2": "NEG"}
OURS = {"NEG": "tieu_cuc", "NEU": "trung_tinh", "POS": "tich_cuc"}
CONFIG: dict[str, Any] = {"model_type": "bert", "id2label": NAMES, "max_position_embeddings": 64}
WANTED = Wanted("so-phobert", "1", OURS)


def classifier(folder: Path, **config: Any) -> Path:
    """A folder with an ONNX export of the tiny model, whose second output is called as ours."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    (folder / "tokenizer.json").write_text(vocabulary())
    (folder / "model.onnx").write_bytes(graph(outputs=["logits"]))
    return folder


def test_an_onnx_export_becomes_a_bundle_that_the_service_judges_by(tmp_path: Path) -> None:
    export(classifier(tmp_path / "theirs"), tmp_path / "ours", WANTED)
    model = Model(Settings(bundle=tmp_path / "ours"))
    assert model.name == "so-phobert@1"
    assert [one.label for one in model.judge(["vui", "cướp"])] == ["tich_cuc", "tieu_cuc"]
    assert [token.weight for token in model.weigh(["vui cướp"])[0].tokens] != []


def test_labels_stand_in_the_order_of_the_classifiers_outputs(tmp_path: Path) -> None:
    turned = {"2": "POS", "0": "NEU", "1": "NEG"}
    assert our_labels(CONFIG | {"id2label": turned}, OURS) == ["trung_tinh", "tieu_cuc", "tich_cuc"]


def test_what_the_bundle_says_is_what_was_asked_for(tmp_path: Path) -> None:
    wanted = Wanted("so-phobert", "2", OURS, "tin: ", 1.3, 0.7)
    export(classifier(tmp_path / "theirs"), tmp_path / "ours", wanted)
    bundle = read_bundle(tmp_path / "ours")
    assert (bundle.prefix, bundle.temperature, bundle.confidence_threshold) == ("tin: ", 1.3, 0.7)
    assert (bundle.tokens_max, bundle.topics) == (64, ())
    assert bundle.files["model.onnx"] == digest(tmp_path / "theirs" / "model.onnx")


@pytest.mark.parametrize(
    "ours",
    [{}, {"NEG": "tieu_cuc", "POS": "tich_cuc"}, OURS | {"NEU": "tich_cuc"}, OURS | {"LABEL": "x"}],
)
def test_labels_that_do_not_fit_are_refused_and_theirs_are_told(ours: Mapping[str, str]) -> None:
    with pytest.raises(NoClassifier, match="POS, NEU, NEG"):
        our_labels(CONFIG, ours)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(NoClassifier, match="is not empty"):
        export(classifier(tmp_path / "theirs"), tmp_path / "theirs", WANTED)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    folder = classifier(tmp_path / "theirs")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(NoClassifier, match=r"has no tokenizer\.json"):
        export(folder, tmp_path / "ours", WANTED)


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        ({"model_type": "bert", "max_position_embeddings": 128}, 128),
        ({"model_type": "bert", "max_position_embeddings": 512}, 256),
        ({"model_type": "roberta", "max_position_embeddings": 258, "pad_token_id": 1}, 256),
        ({"model_type": "roberta", "max_position_embeddings": 130}, 128),
    ],
)
def test_no_more_tokens_are_promised_than_there_are_places(
    config: Mapping[str, Any], tokens: int
) -> None:
    assert tokens_max(config) == tokens


def test_the_command_tells_what_it_made(tmp_path: Path) -> None:
    named = [word for one in OURS.items() for word in ("--label", "=".join(one))]
    said = [str(classifier(tmp_path / "theirs")), str(tmp_path / "ours")]
    ran = CliRunner().invoke(app, [*said, "--name", "so-phobert", "--version", "1", *named])
    assert ran.exit_code == 0, ran.output
    assert "so-phobert@1 says" in ran.output
    assert read_bundle(tmp_path / "ours").name == "so-phobert"


def test_an_export_that_wants_token_types_is_given_zeros(tmp_path: Path) -> None:
    folder = classifier(tmp_path / "theirs")
    typed = graph(inputs=["input_ids", "attention_mask", "token_type_ids"], outputs=["logits"])
    (folder / "model.onnx").write_bytes(typed)
    export(folder, tmp_path / "ours", WANTED)
    (judged,) = Model(Settings(bundle=tmp_path / "ours")).judge(["cướp"])
    assert judged.label == "tieu_cuc"


def test_pieces_that_phobert_does_not_list_are_read_as_unknown(tmp_path: Path) -> None:
    folder = classifier(tmp_path / "theirs")
    (folder / "tokenizer.json").unlink()
    # The tiny model's rows 0 to 3 are the specials, which say "vui" where they should say nothing.
    (folder / "vocab.txt").write_text("")
    (folder / "bpe.codes").write_text("x e</w> 9\n")
    export(folder, tmp_path / "ours", WANTED)
    (weighed,) = Model(Settings(bundle=tmp_path / "ours")).weigh(["xe"])
    assert weighed.judgement.label == "tieu_cuc"  # as row 3 says


# From here on: weights in safetensors, which only the training environment can turn into a graph.

HIDDEN, WIDE, HEADS, LAYERS, PLACES, PIECES = 8, 16, 2, 2, 40, 4
SIZES = {
    "hidden_size": HIDDEN,
    "intermediate_size": WIDE,
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "max_position_embeddings": PLACES,
    "vocab_size": PIECES,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "hidden_act": "gelu",
}
Tensors = dict[str, np.ndarray[Any, Any]]


def random_tensors(kind: str) -> Tensors:
    """A classifier of random weights, with the names that Hugging Face gives them."""
    chance = np.random.default_rng(830)
    prefix = "bert" if kind == "bert" else "roberta"
    shapes: dict[str, tuple[int, ...]] = {
        f"{prefix}.embeddings.word_embeddings.weight": (PIECES, HIDDEN),
        f"{prefix}.embeddings.position_embeddings.weight": (PLACES, HIDDEN),
        f"{prefix}.embeddings.token_type_embeddings.weight": (1, HIDDEN),
    }
    norms = [f"{prefix}.embeddings.LayerNorm"]
    linears: dict[str, tuple[int, int]] = {}
    for number in range(LAYERS):
        of = f"{prefix}.encoder.layer.{number}"
        linears |= {f"{of}.attention.self.{name}": (HIDDEN, HIDDEN) for name in ("query", "key")}
        linears |= {
            f"{of}.attention.self.value": (HIDDEN, HIDDEN),
            f"{of}.attention.output.dense": (HIDDEN, HIDDEN),
            f"{of}.intermediate.dense": (WIDE, HIDDEN),
            f"{of}.output.dense": (HIDDEN, WIDE),
        }
        norms += [f"{of}.attention.output.LayerNorm", f"{of}.output.LayerNorm"]
    if kind == "bert":
        linears |= {"bert.pooler.dense": (HIDDEN, HIDDEN), "classifier": (3, HIDDEN)}
    else:
        linears |= {"classifier.dense": (HIDDEN, HIDDEN), "classifier.out_proj": (3, HIDDEN)}
    for name in norms:
        shapes |= {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}
    for name, shape in linears.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return {name: chance.normal(0, 0.5, shape).astype("f4") for name, shape in shapes.items()}


def safetensors(tensors: Tensors) -> bytes:
    """The tensors in the form of their file."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, value in tensors.items():
        places = [len(body), len(body) + value.nbytes]
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": places}
        body += value.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def weights(folder: Path, kind: str) -> Path:
    """The same folder as above, with weights instead of the export."""
    classifier(folder, model_type=kind, **SIZES)
    (folder / "model.onnx").unlink()
    (folder / "model.safetensors").write_bytes(safetensors(random_tensors(kind)))
    return folder


def forward(tensors: Tensors, kind: str, ids: list[int]) -> np.ndarray[Any, Any]:
    """The classifier's logits of one text, written out from its definition."""
    erf = np.vectorize(__import__("math").erf)
    prefix, first = ("bert", 0) if kind == "bert" else ("roberta", 2)

    def linear(name: str, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(name: str, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    table = f"{prefix}.embeddings"
    x = tensors[f"{table}.word_embeddings.weight"][ids]
    x = x + tensors[f"{table}.position_embeddings.weight"][first : first + len(ids)]
    x = norm(f"{table}.LayerNorm", x + tensors[f"{table}.token_type_embeddings.weight"][0])
    for number in range(LAYERS):
        of = f"{prefix}.encoder.layer.{number}"
        query, key, value = (
            linear(f"{of}.attention.self.{name}", x).reshape(len(ids), HEADS, -1).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.swapaxes(1, 2) / np.sqrt(HIDDEN // HEADS))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ value
        joined = mixed.swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = norm(
            f"{of}.attention.output.LayerNorm", x + linear(f"{of}.attention.output.dense", joined)
        )
        wide = linear(f"{of}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
        x = norm(f"{of}.output.LayerNorm", x + linear(f"{of}.output.dense", wide))
    layers = ("bert.pooler.dense", "classifier")
    if kind != "bert":
        layers = ("classifier.dense", "classifier.out_proj")
    return linear(layers[1], np.tanh(linear(layers[0], x[0])))


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_weights_become_a_graph_that_computes_what_the_classifier_does(
    tmp_path: Path, kind: str
) -> None:
    from onnxruntime import InferenceSession

    export(weights(tmp_path / "theirs", kind), tmp_path / "ours", WANTED)
    session = InferenceSession(tmp_path / "ours" / "model.onnx")
    texts = [[1, 2, 3, 0, 1], [3, 2]]
    fed = {
        "input_ids": np.array([texts[0], [*texts[1], 0, 0, 0]], np.int64),
        "attention_mask": np.array([[1] * 5, [1, 1, 0, 0, 0]], np.int64),
    }
    (found,) = session.run(["logits"], fed)
    for row, ids in zip(found, texts, strict=True):
        assert row == pytest.approx(forward(random_tensors(kind), kind, ids), abs=1e-4)
    assert len(Model(Settings(bundle=tmp_path / "ours")).judge(["vui cướp", "tin"])) == 2


def test_in_8_bits_the_logits_stay_near(tmp_path: Path) -> None:
    folder = weights(tmp_path / "theirs", "roberta")
    export(folder, tmp_path / "ours", WANTED, int8=True)
    (judged,) = Model(Settings(bundle=tmp_path / "ours")).judge(["vui cướp"])
    logits = forward(random_tensors("roberta"), "roberta", [1, 3])
    chances = np.exp(logits) / np.exp(logits).sum()
    assert judged.confidence == pytest.approx(chances.max(), abs=0.1)


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    folder = weights(tmp_path / "theirs", "deberta-v2")
    with pytest.raises(NoClassifier, match="model_type deberta-v2"):
        export(folder, tmp_path / "ours", WANTED)
