"""Another language is noticed by its syllables; Vietnamese is not mistaken for one."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.language import VIETNAMESE_LEAST, doubted, vietnamese_share
from services.classify.domain.text import clean
from services.classify.domain.verdict import Reading, judge
from services.classify.model import Model

POSTS = Path(__file__).parents[3] / "training" / "posts"
READING = Reading(("tich_cuc", "trung_tinh", "tieu_cuc"), (), 1.0, 0.6)
OTHERS = (
    "Police arrested two men over a motorbike theft in the city centre on Monday morning",
    "Free health checks for the elderly this weekend, come and join us",
    "La police a arrêté deux hommes à Paris pour un vol de moto",
    "Die Polizei nahm zwei Männer nach einem Diebstahl fest",
    "La policía detuvo a dos hombres por robar una motocicleta",
    "Dua laki-laki ditangkap polisi karena mencuri sepeda motor",
    "Peb cov Hmoob hauv lub zos no tau txais nyiaj pab",
    "警方逮捕了两名盗窃摩托车的男子",
    "경찰은 오토바이 절도 혐의로 두 명을 체포했다",
    "Полиция задержала двух мужчин за кражу мотоцикла",
    "ตำรวจจับกุมชายสองคนข้อหาขโมยรถ",
)
OURS = (
    "Công an phường bắt giữ hai đối tượng trộm cắp xe máy",
    "CONG AN PHUONG BAT GIU HAI DOI TUONG TROM CAP XE MAY",
    "mn ơi nc giếng sau lụt đục thì đừg uống ngay nha, ai k đi đc thì nhắn zalo",
    "VNPT Thái Nguyên triển khai dịch vụ Cloud Server",
    "Tọa đàm về chuyển đổi số #ThaiNguyenOnline https://www.example.vn/livestream",
    "24/11 🎉",
)


@pytest.mark.parametrize("line", OTHERS)
def test_another_language_is_noticed(line: str) -> None:
    assert vietnamese_share(line) < VIETNAMESE_LEAST


@pytest.mark.parametrize("line", OURS)
def test_vietnamese_is_read_with_or_without_marks_in_any_case_and_in_haste(line: str) -> None:
    assert vietnamese_share(line) >= VIETNAMESE_LEAST


def test_no_written_post_is_taken_for_another_language() -> None:
    for file in POSTS.glob("*.jsonl"):
        for post in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            assert vietnamese_share(clean(post["title"], post["text"])) >= VIETNAMESE_LEAST, post


@given(st.text(max_size=200))
def test_the_share_is_a_share_and_diacritics_do_not_move_it(line: str) -> None:
    share = vietnamese_share(line)
    assert 0 <= share <= 1
    assert vietnamese_share(unicodedata.normalize("NFD", line)) == pytest.approx(share, abs=1e-9)


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.floats(0, 0.49))
def test_of_another_language_the_label_stays_is_doubted_and_goes_to_a_person(
    logits: list[float], share: float
) -> None:
    sure = judge(logits, None, READING)
    unsure = doubted(sure, share)
    chances = unsure.probabilities
    assert unsure.label == sure.label
    assert unsure.needs_review
    assert 1 / 3 - 1e-5 <= unsure.confidence <= max(sure.confidence, 1 / 3) + 1e-5
    assert unsure.confidence <= 1 / 3 + share * 2 / 3 + 1e-5
    assert unsure.confidence == getattr(chances, unsure.label)
    assert chances.tich_cuc + chances.trung_tinh + chances.tieu_cuc == pytest.approx(1, abs=3e-6)


def test_a_vietnamese_text_keeps_its_judgement() -> None:
    sure = judge([0.0, 0.0, 5.0], None, READING)
    assert doubted(sure, VIETNAMESE_LEAST) is sure


def test_the_model_is_never_sure_of_another_language(model: Model) -> None:
    for judged in model.judge(list(OTHERS)):
        assert judged.needs_review
        assert judged.confidence < 0.6
