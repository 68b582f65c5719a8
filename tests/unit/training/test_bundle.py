"""What training writes is what the service reads, and the card says what the bundle says."""

import json
from pathlib import Path
from typing import Any

from services.classify.bundle import read_bundle
from training.bundle import card, describe, rounded, write_json

BUNDLE = Path(__file__).parents[3] / "models" / "default"
SETTINGS: dict[str, Any] = {
    "name": "candoi-e5-small",
    "version": "3",
    "labels": ["tich_cuc", "trung_tinh", "tieu_cuc"],
    "topics": ["tai_nan"],
    "prefix": "query: ",
    "tokens_max": 128,
    "normalisation": "nfc",
    "temperature": 0.8,
    "confidence_threshold": 0.55,
}


def test_the_service_reads_what_training_describes(tmp_path: Path) -> None:
    files = [tmp_path / "model.onnx", tmp_path / "tokenizer.json"]
    for file in files:
        file.write_bytes(file.name.encode())
    write_json(describe(SETTINGS, files), tmp_path / "bundle.json")
    bundle = read_bundle(tmp_path)
    assert (bundle.name, bundle.version, bundle.temperature) == ("candoi-e5-small", "3", 0.8)
    assert bundle.confidence_threshold == 0.55


def test_figures_are_written_with_four_places() -> None:
    found = rounded({"posts": 7, "f1": {"tieu_cuc": 0.812345}})
    assert found == {"posts": 7, "f1": {"tieu_cuc": 0.8123}}


def test_the_card_of_the_default_bundle_is_what_its_bundle_json_gives() -> None:
    content = json.loads((BUNDLE / "bundle.json").read_text(encoding="utf-8"))
    assert (BUNDLE / "MODEL_CARD.md").read_text(encoding="utf-8") == card(content)


def test_the_default_bundle_is_small_enough_to_ship() -> None:
    files = [file for file in BUNDLE.iterdir() if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 45_000_000
