"""A bundle is read whole and tried before anything is judged; a fault names its file."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.classify.bundle import BundleInvalid, read_bundle
from services.classify.model import Model
from services.classify.settings import Settings
from tests.unit.classify.conftest import BUNDLE
from tests.unit.classify.tiny import digest, graph, vocabulary, write_bundle

FILES = ("bundle.json", "model.onnx", "tokenizer.json")


def open_model(folder: Path) -> Model:
    return Model(Settings(bundle=folder))


def test_a_sound_bundle_is_read_whatever_else_it_says(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, metrics={"macro_f1": 0.9}, trained_by="Sở TT&TT")
    (folder / "NOTES.md").write_text("không thuộc về bundle")
    assert open_model(folder).name == "candoi-tiny@7"


def test_a_bundle_need_not_tell_topics_or_tokens(tmp_path: Path) -> None:
    model = open_model(write_bundle(tmp_path, model=graph(outputs=["logits"]), topics=[]))
    (weighed,) = model.weigh(["cướp tin"])
    assert (weighed.judgement.label, weighed.judgement.topic) == ("tieu_cuc", None)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"nowhere/bundle\.json: No such file"):
        read_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (write_bundle(tmp_path) / name).unlink()
    with pytest.raises(BundleInvalid, match=rf"/{name}: No such file"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_was_changed_is_named_with_both_digests(tmp_path: Path, name: str) -> None:
    file = write_bundle(tmp_path) / name
    before = digest(file)
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(BundleInvalid, match=rf"/{name}: its SHA-256 is {digest(file)}.*{before}"):
        read_bundle(tmp_path)


def test_a_file_without_a_digest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"/model\.onnx: its SHA-256 .* says None"):
        read_bundle(write_bundle(tmp_path, files={}))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"name": 1}'])
def test_a_malformed_description_is_named(tmp_path: Path, content: bytes) -> None:
    (write_bundle(tmp_path) / "bundle.json").write_bytes(content)
    with pytest.raises(BundleInvalid, match=r"/bundle\.json: ."):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("format", "candoi-bundle.v2", r"\$\.format"),
        ("name", "", "name and version"),
        ("version", "", "name and version"),
        ("version", 1, r"\$\.version"),
        ("labels", ["tich_cuc", "trung_tinh", "trung_tinh"], "each label once"),
        ("labels", ["tich_cuc", "trung_tinh"], r"\$\.labels"),
        ("labels", ["positive", "neutral", "negative"], r"\$\.labels"),
        ("topics", ["tai_nan", "tai_nan"], "a topic at most once"),
        ("topics", ["thoi_tiet"], r"\$\.topics"),
        ("tokens_max", 0, "tokens_max must be 8 to 8192"),
        ("tokens_max", 8_193, "tokens_max must be 8 to 8192"),
        ("normalisation", "nfkc", r"\$\.normalisation"),
        ("temperature", 0, "temperature must be above 0"),
        ("temperature", -1, "temperature must be above 0"),
        ("confidence_threshold", 1.01, "confidence_threshold must be 0 to 1"),
        ("diacritics", "../marks.json.gz", "diacritics must be the name of a file"),
        ("diacritics", "tokenizer.json", "diacritics must be the name of a file"),
    ],
)
def test_a_description_that_cannot_be_is_refused_with_its_rule(
    tmp_path: Path, field: str, value: Any, fault: str
) -> None:
    with pytest.raises(BundleInvalid, match=rf"/bundle\.json: .*{fault}"):
        read_bundle(write_bundle(tmp_path, **{field: value}))


FIRST: dict[str, Any] = {
    "file": "first.onnx",
    "temperature": 1.0,
    "settles": {"tich_cuc": 0.9, "trung_tinh": 0.9, "tieu_cuc": 0.9},
}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("file", "../first.onnx", "first_stage.file must be the name of a file"),
        ("file", "", "first_stage.file must be the name of a file"),
        ("file", "model.onnx", "first_stage.file must be the name of a file"),
        ("file", "absent.onnx", "No such file"),
        ("temperature", 0, "first_stage.temperature must be above 0"),
        ("settles", {"tich_cuc": 0.9, "tieu_cuc": 0.9}, "first_stage.settles must name each"),
        ("settles", {"positive": 0.9}, r"\$\.first_stage\.settles"),
        ("settles", FIRST["settles"] | {"tieu_cuc": 1.5}, "first_stage.settles must be 0 to 1"),
        ("settles", FIRST["settles"] | {"tieu_cuc": -0.1}, "first_stage.settles must be 0 to 1"),
    ],
)
def test_a_first_stage_that_cannot_be_is_refused_with_its_rule(
    tmp_path: Path, field: str, value: Any, fault: str
) -> None:
    folder = write_bundle(tmp_path, first=graph(), first_stage=FIRST | {field: value})
    with pytest.raises(BundleInvalid, match=fault):
        read_bundle(folder)


def test_a_damaged_first_stage_is_named(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, first=graph(), first_stage=FIRST)
    (folder / "first.onnx").write_bytes(graph(labels=2))
    with pytest.raises(BundleInvalid, match=r"/first\.onnx: its SHA-256 is"):
        read_bundle(folder)


@pytest.mark.parametrize(
    ("first", "fault"),
    [
        (b"not a graph", "ONNX"),
        (graph(labels=2), r"logits .* \(2,\), bundle\.json says \(3,\)"),
        (graph(inputs=["tokens", "attention_mask"]), "does not take input_ids and"),
    ],
)
def test_another_first_graph_is_refused_before_it_judges(
    tmp_path: Path, first: bytes, fault: str
) -> None:
    with pytest.raises(BundleInvalid, match=rf"/first\.onnx: .*{fault}"):
        open_model(write_bundle(tmp_path, first=first, first_stage=FIRST))


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: b"not a graph", "ONNX"),
        (lambda: b"", "ONNX"),
        (lambda: graph(inputs=["tokens", "attention_mask"]), "does not take input_ids and"),
        (lambda: graph(outputs=["token_logits"]), "has no output logits"),
        (lambda: graph(labels=2), r"logits .* \(2,\), bundle\.json says \(3,\)"),
        (lambda: graph(named={"topic_logits": "logits"}), r"topic_logits .* \(3,\).* \(2,\)"),
        (lambda: graph(named={"token_logits": "logits"}), r"token_logits .* \(3,\).* \(64, 3\)"),
    ],
)
def test_another_graph_is_refused_before_it_judges(
    tmp_path: Path, make: Callable[[], bytes], fault: str
) -> None:
    with pytest.raises(BundleInvalid, match=rf"/model\.onnx: .*{fault}"):
        open_model(write_bundle(tmp_path, model=make()))


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"/model\.onnx: does not take"):
        open_model(write_bundle(tmp_path, tokenizer=vocabulary(first_row=1_000)))


def test_a_tokenizer_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"/tokenizer\.json: ."):
        open_model(write_bundle(tmp_path, tokenizer="{}"))


def test_a_graph_that_takes_fewer_tokens_than_promised_is_refused(tmp_path: Path) -> None:
    """Else the first long post would fail, again and again, and hold up the log."""
    content = json.loads((BUNDLE / "bundle.json").read_text())
    for name in content["files"]:
        (tmp_path / name).symlink_to(BUNDLE / name)
    (tmp_path / "bundle.json").write_text(json.dumps(content | {"tokens_max": 2_000}))
    with pytest.raises(BundleInvalid, match=r"/model\.onnx: does not take .* of 2000 tokens"):
        open_model(tmp_path)


def test_a_graph_that_takes_one_text_at_a_time_is_refused(tmp_path: Path) -> None:
    """As an export with fixed sizes does: alone it would pass, in a batch fail for ever."""
    folder = write_bundle(tmp_path, model=graph(rows=1))
    with pytest.raises(BundleInvalid, match=r"/model\.onnx: does not take .* of 2 texts"):
        open_model(folder)


def damaged(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"damaged")


def with_other_inputs(folder: Path) -> None:
    write_bundle(folder, model=graph(inputs=["tokens", "attention_mask"]))


def with_the_tokenizer_of_another_model(folder: Path) -> None:
    write_bundle(folder, tokenizer=vocabulary(first_row=1_000))


@pytest.mark.parametrize("spoil", [damaged, with_other_inputs, with_the_tokenizer_of_another_model])
def test_a_bad_bundle_ends_the_service_with_one_line_that_names_the_setting(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder = tmp_path / "tên có\nxuống dòng"
    spoil(write_bundle(folder))
    ran = subprocess.run(
        [sys.executable, "-m", "services.classify"],
        env={**os.environ, "CANDOI_CLASSIFY_BUNDLE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 2
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)
    assert ran.stderr.startswith(f"CANDOI_CLASSIFY_BUNDLE: {tmp_path}/tên có xuống dòng/")


def packed(content: object) -> bytes:
    """A table of marks as it stands in a bundle."""
    return gzip.compress(json.dumps(content, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("marks", "fault"),
    [
        (b"not zipped", "Not a gzipped file"),
        (packed({"syllables": {}})[:-6], "Compressed file ended|CRC|Error"),
        (packed({"syllables": {}}), "missing required field `pairs`"),
        (packed({"syllables": {"cua": {"cửa": "9"}}, "pairs": {}}), "Expected `int`"),
        (packed({"syllables": {"cua": {"cửa": 0}}, "pairs": {}}), "Expected `int` >= 1"),
        (packed({"syllables": {"cua": {"cơm": 9}}, "pairs": {}}), "'cơm' is no way to write 'cua'"),
        (gzip.compress(b"\xff"), "malformed|utf-8"),
    ],
)
def test_a_table_of_diacritics_that_is_none_is_refused(
    tmp_path: Path, marks: bytes, fault: str
) -> None:
    with pytest.raises(BundleInvalid, match=rf"/marks\.json\.gz: .*({fault})"):
        open_model(write_bundle(tmp_path, marks=marks))


def test_a_damaged_table_of_diacritics_is_named(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, marks=packed({"syllables": {}, "pairs": {}}))
    (folder / "marks.json.gz").write_bytes(b"")
    with pytest.raises(BundleInvalid, match=r"/marks\.json\.gz: its SHA-256 is"):
        read_bundle(folder)
