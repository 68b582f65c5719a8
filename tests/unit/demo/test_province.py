"""How the demo's posts are dated, spelt and corrected."""

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from demo.province import Correction, Post, Unit, corrected, draft_of, over_on, published_at
from shared.local_time import LOCAL_ZONE

STARTED = datetime(2026, 11, 25, 9, 0, 30, tzinfo=LOCAL_ZONE)


def a_post(**fields: Any) -> Post:
    sound: dict[str, Any] = {
        "external_id": "so-y-te-001",
        "channel_id": "so-y-te-facebook",
        "days_ago": 3,
        "time": "08:30",
        "action": "publish",
        "format": "photo",
        "url": None,
        "title": None,
        "text": "Tiêm chủng mở rộng tại trạm y tế",
    }
    return Post(**sound | fields)


def test_a_post_is_dated_back_from_the_first_run_in_local_time() -> None:
    assert published_at(a_post(), STARTED).isoformat() == "2026-11-22T08:30:00+07:00"
    late_evening = datetime(2026, 11, 24, 17, 30, tzinfo=LOCAL_ZONE) + timedelta(hours=7)
    assert published_at(a_post(), late_evening).date() == date(2026, 11, 22)


def test_no_post_is_published_after_the_first_run() -> None:
    assert published_at(a_post(days_ago=0, time="09:01"), STARTED) == STARTED
    assert published_at(a_post(days_ago=0, time="08:59"), STARTED) < STARTED


def test_a_second_run_sends_the_same_drafts() -> None:
    post = a_post(days_ago=0, time="21:00")
    again = datetime.fromisoformat(STARTED.isoformat())
    assert draft_of(post, again) == draft_of(post, STARTED)


def test_only_what_is_marked_goes_out_with_accents_apart() -> None:
    text = str(a_post().text)
    decomposed = draft_of(a_post(spelling="nfd"), STARTED)["text"]
    assert decomposed == unicodedata.normalize("NFD", text) != text
    assert draft_of(a_post(), STARTED)["text"] == text


def test_a_missing_title_stays_missing() -> None:
    assert draft_of(a_post(spelling="nfd"), STARTED)["title"] is None


def test_a_correction_keeps_the_identity_and_changes_the_wording() -> None:
    post = a_post(correction=Correction(title="Đính chính", text="Tiêm từ 7 giờ"))
    before, after = draft_of(post, STARTED), draft_of(corrected(post), STARTED)
    assert after == dict(before) | {"title": "Đính chính", "text": "Tiêm từ 7 giờ"}
    assert corrected(a_post()) == a_post()


def test_a_unit_is_over_the_day_after_its_last() -> None:
    ended = Unit("so-cu", {"valid_to": "2025-06-30"}, ())
    units = [ended, Unit("so-moi", {"valid_to": None}, ())]
    assert over_on(units, date(2025, 6, 30)) == set()
    assert over_on(units, date(2025, 7, 1)) == {"so-cu"}


@pytest.mark.parametrize(
    "wrong", [{"days_ago": 60}, {"time": "8:30"}, {"action": "like"}, {"label": "tieu_cuc"}]
)
def test_a_line_that_is_no_post_is_not_read(wrong: dict[str, Any]) -> None:
    line = msgspec.json.encode(msgspec.to_builtins(a_post()) | wrong)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=Post)
