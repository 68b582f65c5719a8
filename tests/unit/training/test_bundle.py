"""What training writes is what the service reads, and the card says what the bundle says."""

import json
from pathlib import Path
from typing import Any

from services.classify.bundle import read_bundle
from training.bundle import card, describe, write_json
from training.figures import Figures, HeldOut

BUNDLE = Path(__file__).parents[3] / "models" / "default"
FIGURES = Figures(
    macro_f1=0.76543,
    macro_f1_deviation=0.01,
    accuracy=0.77,
    f1={"tich_cuc": 0.7, "trung_tinh": 0.76, "tieu_cuc": 0.812345},
    temperature=0.8,
    expected_calibration_error=0.03,
    confidence_threshold=0.55,
    review_share=0.15,
    errors_in_review_share=0.3,
)
HELD_OUT = HeldOut(
    posts=100,
    macro_f1=0.8,
    f1={"tich_cuc": 0.8, "trung_tinh": 0.8, "tieu_cuc": 0.8},
    negative_share=0.23456,
    counted_negative_share=0.2,
    expected_calibration_error=0.02,
)
SETTINGS: dict[str, Any] = {
    "name": "candoi-e5-small",
    "version": "2",
    "labels": ["tich_cuc", "trung_tinh", "tieu_cuc"],
    "topics": ["tai_nan"],
    "prefix": "query: ",
    "tokens_max": 256,
    "normalisation": "nfc",
}


def test_the_service_reads_what_training_describes(tmp_path: Path) -> None:
    files = [tmp_path / "model.onnx", tmp_path / "tokenizer.json"]
    for file in files:
        file.write_bytes(file.name.encode())
    write_json(describe(SETTINGS, FIGURES, {"local": HELD_OUT}, files), tmp_path / "bundle.json")
    bundle = read_bundle(tmp_path)
    assert (bundle.name, bundle.version, bundle.temperature) == ("candoi-e5-small", "2", 0.8)
    assert bundle.confidence_threshold == 0.55


def test_figures_are_written_with_four_places() -> None:
    metrics = describe(SETTINGS, FIGURES, {"local": HELD_OUT}, [])["metrics"]
    assert (metrics["macro_f1"], metrics["f1"]["tieu_cuc"]) == (0.7654, 0.8123)
    assert metrics["held_out"]["local"]["negative_share"] == 0.2346


def test_the_card_of_the_default_bundle_is_what_its_bundle_json_gives() -> None:
    content = json.loads((BUNDLE / "bundle.json").read_text(encoding="utf-8"))
    assert (BUNDLE / "MODEL_CARD.md").read_text(encoding="utf-8") == card(content)
