"""What the figures mean, and which record comes of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.verdict import UNREADABLE, Reading, judge, softmax, verdict_of
from shared.topics import VERDICTS
from tests.builders import HOUR, NOON, a_post, a_revision

READING = Reading(
    labels=("tich_cuc", "trung_tinh", "tieu_cuc"),
    topics=("toi_pham", "tai_nan"),
    temperature=1.0,
    confidence_threshold=0.6,
)
LOGITS = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3)


@given(LOGITS, st.floats(0.05, 20))
def test_probabilities_sum_to_one_however_large_the_logits(
    logits: list[float], temperature: float
) -> None:
    chances = softmax(logits, temperature)
    assert sum(chances) == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in chances)


@given(LOGITS)
def test_the_label_is_the_likeliest_and_its_probability_the_confidence(
    logits: list[float],
) -> None:
    judgement = judge(logits, None, READING)
    chances = judgement.probabilities
    assert judgement.confidence == getattr(chances, judgement.label)
    assert judgement.confidence == max(chances.tich_cuc, chances.trung_tinh, chances.tieu_cuc)


def test_outputs_are_named_in_the_order_of_the_bundle() -> None:
    turned = replace(READING, labels=("tieu_cuc", "tich_cuc", "trung_tinh"))
    assert judge([5.0, 0.0, 0.0], None, turned).label == "tieu_cuc"


def test_a_higher_temperature_makes_less_sure() -> None:
    sure = judge([2.0, 0.0, 0.0], None, READING)
    less = judge([2.0, 0.0, 0.0], None, replace(READING, temperature=3.0))
    assert less.label == sure.label
    assert less.confidence < sure.confidence


def test_below_the_threshold_a_person_must_look() -> None:
    assert judge([0.1, 0.0, 0.0], None, READING).needs_review
    assert not judge([5.0, 0.0, 0.0], None, READING).needs_review


def test_only_a_negative_text_has_a_topic() -> None:
    assert judge([0.0, 0.0, 5.0], [0.1, 0.9], READING).topic == "tai_nan"
    assert judge([0.0, 5.0, 0.0], [0.1, 0.9], READING).topic is None


def test_a_bundle_without_topics_gives_none() -> None:
    assert judge([0.0, 0.0, 5.0], None, READING).topic is None


def test_a_verdict_carries_what_the_counts_need() -> None:
    post = a_post()
    verdict = verdict_of(post, judge([0.0, 0.0, 5.0], None, READING), "m@1", NOON)
    names = ("post_id", "revision", "received_at", "channel_id", "published_at", "local_day")
    for name in (*names, "action", "format"):
        assert getattr(verdict, name) == getattr(post, name)
    assert (verdict.decided_by, verdict.decided_at) == ("m@1", NOON)


def test_a_verdict_carries_nothing_of_the_text() -> None:
    post = a_post(title="bí mật", text="nội dung", url="https://vi.example/dia-chi")
    value = VERDICTS.outgoing(verdict_of(post, UNREADABLE, "m@1", NOON)).value
    assert value is not None
    assert not any(part in value.decode() for part in ("bí mật", "nội dung", "dia-chi"))


def test_judging_again_gives_the_same_verdict_id() -> None:
    post, judgement = a_post(), judge([0.0, 0.0, 5.0], None, READING)
    first = verdict_of(post, judgement, "m@1", NOON)
    assert verdict_of(post, judgement, "m@1", NOON + HOUR).verdict_id == first.verdict_id


def test_another_revision_or_model_gives_another_verdict_id() -> None:
    judgement = judge([0.0, 0.0, 5.0], None, READING)
    ids = {
        verdict_of(a_post(revision=a_revision(number)), judgement, model, NOON).verdict_id
        for number in (1, 2)
        for model in ("m@1", "m@2", "n@1")
    }
    assert len(ids) == 6


def test_verdict_ids_never_change() -> None:
    """The ledger of every province rests on them."""
    verdict = verdict_of(a_post(), UNREADABLE, "candoi-e5-small@1", NOON)
    assert str(verdict.verdict_id) == "a19bdcbf-7266-54f9-ae22-5471b28bef0b"


def test_a_post_that_cannot_be_read_is_for_a_person() -> None:
    assert UNREADABLE.needs_review
    assert UNREADABLE.label != "tieu_cuc"
