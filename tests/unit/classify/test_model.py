"""The bundle that the project ships, and what holds for every bundle."""

import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean

import pytest

from services.classify.domain.text import clean
from services.classify.domain.verdict import UNREADABLE, Judgement
from services.classify.model import Model
from services.classify.settings import Settings
from tests.unit.classify.tiny import graph, write_bundle
from training.tokenizer import without_diacritics

CLEAR = (
    ("Trao tặng 20 căn nhà đại đoàn kết cho hộ nghèo, bà con vui mừng phấn khởi", "tich_cuc"),
    ("Học sinh Thái Nguyên giành huy chương vàng Olympic Toán quốc tế", "tich_cuc"),
    ("Nam thanh niên dũng cảm lao xuống sông cứu sống ba em nhỏ đuối nước", "tich_cuc"),
    ("Thông báo lịch cắt điện ngày 25/11 trên địa bàn phường", "trung_tinh"),
    ("Thời tiết ngày mai: nhiều mây, nhiệt độ từ 18 đến 24 độ C", "trung_tinh"),
    ("Lịch tiếp công dân định kỳ tháng 12 của Chủ tịch UBND xã", "trung_tinh"),
    ("Bắt giữ nhóm đối tượng dùng hung khí cướp tiệm vàng, chém trọng thương bảo vệ", "tieu_cuc"),
    ("Tai nạn giao thông nghiêm trọng trên quốc lộ 3, ba người tử vong tại chỗ", "tieu_cuc"),
    ("Khởi tố nguyên giám đốc sở nhận hối lộ hàng tỷ đồng", "tieu_cuc"),
    ("Cháy lớn thiêu rụi xưởng gỗ trong đêm, hai công nhân thiệt mạng", "tieu_cuc"),
)
LINES = [
    *(line for line, _ in CLEAR),
    *(f"{line}. {other}" for line, _ in CLEAR[::3] for other, _ in CLEAR[1::3]),
    "Tin",
    "",
    "Mưa lũ cuốn trôi nhiều ngôi nhà ở vùng cao. " * 15,
]


SAME = 0.000_02


def chances_of(judged: Judgement) -> tuple[float, ...]:
    chances = judged.probabilities
    return chances.tich_cuc, chances.trung_tinh, chances.tieu_cuc


def decision_of(judged: Judgement) -> tuple[str, str | None, bool]:
    return judged.label, judged.topic, judged.needs_review


def test_clear_sentences_get_the_obvious_label(model: Model) -> None:
    """A smoke test: macro-F1 is about 0.8, so two of ten may be wrong even here."""
    judgements = model.judge([clean(line, None) for line, _ in CLEAR])
    right = [judged.label == label for judged, (_, label) in zip(judgements, CLEAR, strict=True)]
    assert sum(right) >= 8, right


def test_a_text_is_judged_the_same_in_any_company(model: Model) -> None:
    """A scale for each token: with one for the whole batch, probabilities moved by up to 0.16 and
    some labels with them. What is left is the order of sums: 0.000001 over 400 posts."""
    alone = [model.judge([line])[0] for line in LINES]
    order = random.Random(830).sample(range(len(LINES)), len(LINES))
    shuffled = model.judge([LINES[position] for position in order])
    for judgements in (model.judge(LINES), [shuffled[order.index(at)] for at in range(len(LINES))]):
        for one, other in zip(alone, judgements, strict=True):
            assert decision_of(other) == decision_of(one)
            assert chances_of(other) == pytest.approx(chances_of(one), abs=SAME)


def test_judging_and_weighing_agree(model: Model) -> None:
    assert [one.judgement for one in model.weigh(LINES)] == model.judge(LINES)


def test_two_threads_at_once_judge_as_one(model: Model) -> None:
    one_by_one = [model.judge(LINES), model.judge(LINES[::-1])] * 2
    with ThreadPoolExecutor(2) as threads:
        at_once = list(threads.map(model.judge, [LINES, LINES[::-1]] * 2))
    assert at_once == one_by_one


def test_probabilities_sum_to_one(model: Model) -> None:
    for judged in model.judge(LINES):
        chances = judged.probabilities
        assert chances.tich_cuc + chances.trung_tinh + chances.tieu_cuc == pytest.approx(
            1, abs=3e-6
        )


def test_a_line_without_anything_to_read_is_for_a_person(model: Model) -> None:
    (weighed,) = model.weigh([""])
    assert (weighed.judgement, list(weighed.tokens)) == (UNREADABLE, [])


def test_what_stands_behind_the_token_limit_changes_nothing(model: Model) -> None:
    long = "tai nạn nghiêm trọng " * 2_000
    with_more = long + " vui mừng phấn khởi" * 50
    assert model.judge([with_more]) == model.judge([long])
    assert len(model.weigh([long])[0].tokens) < 256


def test_no_texts_get_no_judgements(model: Model) -> None:
    assert model.judge([]) == []


def test_the_part_that_makes_a_text_negative_weighs_more_than_the_rest(model: Model) -> None:
    routine = "UBND phường thông báo lịch tiếp dân."
    line = f"{routine} Cùng ngày, công an bắt giữ hai đối tượng trộm cắp xe máy."
    (weighed,) = model.weigh([line])
    assert weighed.judgement.label == "tieu_cuc"
    of_routine = [token.weight for token in weighed.tokens if token.end <= len(routine)]
    of_theft = [token.weight for token in weighed.tokens if token.end > len(routine)]
    assert fmean(of_theft) > 1.3 * fmean(of_routine)


def test_each_token_tells_what_it_added_to_the_label_where_it_stands(tmp_path: Path) -> None:
    model = Model(Settings(bundle=write_bundle(tmp_path, prefix="tin ")))
    (weighed,) = model.weigh(["vui cướp xe"])
    assert weighed.judgement.label == "tieu_cuc"
    assert [(token.start, token.end, token.weight) for token in weighed.tokens] == [
        (0, 3, -1.0),
        (4, 8, 3.0),
        (9, 11, 0.0),
    ]


def test_what_a_label_has_before_a_word_is_read_is_shared_by_the_words(tmp_path: Path) -> None:
    """Else the weights would not tell where the label's logit comes from."""
    model = Model(Settings(bundle=write_bundle(tmp_path, model=graph(shift=-6.0))))
    both = model.weigh(["vui cướp xe", "tin " * 9])
    assert [token.weight for token in both[0].tokens] == [-3.0, 1.0, -2.0]


def test_micro_batches_give_each_text_its_own_judgement(tmp_path: Path) -> None:
    """Of a bundle that rounds nothing, whatever the size of the groups and their padding."""
    chance = random.Random(830)
    lines = [
        " ".join(chance.choices(["vui", "tin", "cướp", "xe"], k=chance.randint(1, 60)))
        for _ in range(50)
    ]

    def judged(rows_max: int) -> list[Judgement]:
        settings = Settings(bundle=tmp_path, rows_max=rows_max, padded_tokens_max=256, threads=3)
        return Model(settings).judge(lines)

    write_bundle(tmp_path)
    assert judged(rows_max=7) == judged(rows_max=1)
    assert len({judgement.label for judgement in judged(rows_max=7)}) == 3


MARKS = {"syllables": {"cuop": {"cướp": 9}, "xe": {"xe": 9}, "may": {"máy": 9}}, "pairs": {}}


def test_a_word_typed_without_diacritics_is_read_with_them_and_stands_where_it_was(
    tmp_path: Path,
) -> None:
    marks = gzip.compress(json.dumps(MARKS).encode())
    model = Model(Settings(bundle=write_bundle(tmp_path, marks=marks)))
    bare, as_usual = model.weigh(["cuop xe may", "cướp xe máy"])
    assert bare.judgement == as_usual.judgement
    assert bare.tokens == as_usual.tokens
    assert bare.line == "cuop xe may"


def test_a_word_that_is_left_out_is_read_with_diacritics_too(tmp_path: Path) -> None:
    marks = gzip.compress(json.dumps(MARKS).encode())
    silent = graph(outputs=["logits"])
    folder = write_bundle(tmp_path, marks=marks, model=silent, topics=[])
    (weighed,) = Model(Settings(bundle=folder)).weigh(["cuop xe may"])
    assert [(token.start, token.end, token.weight) for token in weighed.tokens] == [
        (0, 4, 3.0),
        (5, 7, 0.0),
        (8, 11, 0.0),
    ]


def test_clear_sentences_get_the_same_label_without_diacritics(model: Model) -> None:
    lines = [clean(line, None) for line, _ in CLEAR]
    typed = model.judge([without_diacritics(line) for line in lines])
    same = [one.label == other.label for one, other in zip(typed, model.judge(lines), strict=True)]
    assert sum(same) >= 9, same
