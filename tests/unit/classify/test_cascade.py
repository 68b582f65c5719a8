"""The first stage settles what it is sure of; the encoder reads the rest, and only the rest."""

import random
from pathlib import Path
from typing import Any

import pytest

from services.classify.domain.verdict import Judgement
from services.classify.model import Model
from services.classify.settings import Settings
from tests.unit.classify.tiny import graph, write_bundle

# Knows "vui" well, "tin" hardly, and has "cướp" wrong: who judged can be seen by the label.
FIRST = {"<unk>": (0, 0, 0), "vui": (9, 0, 0), "tin": (0, 0, 0.5), "cướp": (9, 0, 0)}
EVENLY = {"tich_cuc": 0.9, "trung_tinh": 0.9, "tieu_cuc": 0.9}


def cascade(folder: Path, *, outputs: tuple[str, ...] = ("logits",), **first: Any) -> Model:
    """A bundle whose first stage differs from its encoder."""
    described = {"file": "first.onnx", "temperature": 1.0, "settles": EVENLY} | first
    first_graph = graph(table=FIRST, outputs=outputs)
    write_bundle(folder, first=first_graph, first_stage=described)
    return Model(Settings(bundle=folder, rows_max=3))


def decided(judgement: Judgement) -> tuple[str, str | None]:
    return judgement.label, judgement.stage


def test_what_the_first_stage_is_sure_of_stands(tmp_path: Path) -> None:
    (judged,) = cascade(tmp_path).judge(["cướp"])
    assert decided(judged) == ("tich_cuc", "first")


def test_what_the_first_stage_is_not_sure_of_the_encoder_judges(tmp_path: Path) -> None:
    (judged,) = cascade(tmp_path).judge(["tin"])
    assert decided(judged) == ("trung_tinh", "encoder")


def test_each_label_has_a_threshold_of_its_own(tmp_path: Path) -> None:
    model = cascade(tmp_path, settles=EVENLY | {"tieu_cuc": 0.4})
    assert decided(model.judge(["tin"])[0]) == ("tieu_cuc", "first")


def test_at_a_threshold_of_1_the_encoder_always_reads(tmp_path: Path) -> None:
    """However sure the first stage is: forty points round to a confidence of 1."""
    never = cascade(tmp_path, settles=EVENLY | {"tich_cuc": 1.0})
    assert decided(never.judge(["vui " * 40])[0]) == ("tich_cuc", "encoder")


def test_a_confidence_just_at_the_threshold_settles(tmp_path: Path) -> None:
    (sure,) = cascade(tmp_path).judge(["vui"])
    at = cascade(tmp_path, settles=EVENLY | {"tich_cuc": sure.confidence})
    assert decided(at.judge(["vui"])[0]) == ("tich_cuc", "first")


def test_the_first_stage_has_a_temperature_of_its_own(tmp_path: Path) -> None:
    """At 20 the nine points for "vui" are no longer enough."""
    (judged,) = cascade(tmp_path, temperature=20.0).judge(["vui"])
    assert judged.stage == "encoder"
    assert judged.confidence == pytest.approx(0.844, abs=0.001)


def test_another_language_is_never_settled_by_the_first_stage(tmp_path: Path) -> None:
    (judged,) = cascade(tmp_path).judge(["vui government announced yesterday"])
    assert judged.stage == "encoder"
    assert judged.needs_review


def test_the_order_is_kept_however_the_stages_share_the_texts(tmp_path: Path) -> None:
    chance = random.Random(830)
    words = ["vui", "tin", "cướp", "xe"]
    lines = [" ".join(chance.choices(words, k=chance.randint(1, 6))) for _ in range(60)]
    lines[7] = lines[31] = ""
    model = cascade(tmp_path)
    together = model.judge(lines)
    assert together == [model.judge([line])[0] for line in lines]
    assert {judged.stage for judged in together} == {"first", "encoder", None}


def test_a_bundle_of_one_stage_is_judged_by_its_encoder(tmp_path: Path) -> None:
    (judged,) = Model(Settings(bundle=write_bundle(tmp_path))).judge(["vui"])
    assert judged.stage == "encoder"


def test_the_words_are_those_of_the_stage_that_judged(tmp_path: Path) -> None:
    model = cascade(tmp_path, outputs=("logits", "token_logits"))
    by_first, by_encoder = model.weigh(["vui xe", "tin xe"])
    assert [token.weight for token in by_first.tokens] == [9.0, 0.0]
    assert [token.weight for token in by_encoder.tokens] == [1.0, 0.0]


def test_a_stage_that_tells_no_words_is_asked_without_each(tmp_path: Path) -> None:
    (weighed,) = cascade(tmp_path).weigh(["vui cướp xe"])
    assert weighed.judgement.stage == "first"
    assert [(token.start, token.end, token.weight) for token in weighed.tokens] == [
        (0, 3, 9.0),
        (4, 8, 9.0),
        (9, 11, 0.0),
    ]


def test_words_are_left_out_only_when_one_text_is_asked_about(tmp_path: Path) -> None:
    """Each word costs a text more; 256 texts of a call would cost thousands."""
    assert [list(one.tokens) for one in cascade(tmp_path).weigh(["vui", "vui"])] == [[], []]
