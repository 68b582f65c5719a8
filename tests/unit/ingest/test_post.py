"""What a post is: ids that never change, and every rule that it must keep."""

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.drafts import PostDraft
from services.ingest.domain.post import as_one, has_words, identify, refusals
from services.ingest.domain.registry import Tenure

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
OWNED = [Tenure("so-tttt", date(2024, 4, 16), None)]


def a_draft(**changes: Any) -> PostDraft:
    fields = {
        "channel_id": "so-tttt-facebook",
        "external_id": "1234567890",
        "url": "https://www.facebook.com/sotttt/posts/1234567890",
        "title": "Khai mạc tuần lễ chuyển đổi số",
        "text": "Sáng 23/11, Sở đã khai mạc.",
        "published_at": "2026-11-23T08:30:00+07:00",
        "action": "publish",
        "format": "article",
    }
    return PostDraft.model_validate(fields | changes)


def codes(draft: PostDraft, tenures: list[Tenure] = OWNED) -> list[str]:
    return [refusal.slug for refusal in refusals(draft, tenures, NOW)]


def test_the_ids_of_a_post_never_change() -> None:
    post = identify(a_draft(), NOW)
    assert post.post_id == UUID("320eafc1-9402-5c12-b4ab-1727ac981c93")
    assert post.revision == "dfe7a21c771bcb469d7759e40b2a4fdd"


def test_without_external_id_the_canonical_address_makes_the_id() -> None:
    one = identify(a_draft(external_id=None, url="https://A.vn/x/?utm_source=zalo"), NOW)
    other = identify(a_draft(external_id="", url="https://a.vn/x"), NOW)
    assert one.post_id == other.post_id == UUID("e37184b6-675c-5ffd-bcb3-e2ef3daf1d07")
    assert one.external_id == "https://a.vn/x"


def test_the_same_id_on_another_channel_is_another_post() -> None:
    other = identify(a_draft(channel_id="so-tttt-zalo"), NOW)
    assert other.post_id != identify(a_draft(), NOW).post_id


@given(st.text(min_size=1, max_size=200).filter(has_words))
def test_both_ways_of_writing_vietnamese_make_one_revision(text: str) -> None:
    composed = a_draft(text=unicodedata.normalize("NFC", text))
    decomposed = a_draft(text=unicodedata.normalize("NFD", text))
    assert identify(composed, NOW).revision == identify(decomposed, NOW).revision


def test_the_zone_in_which_an_instant_is_written_makes_no_revision() -> None:
    utc = a_draft(published_at="2026-11-23T01:30:00Z")
    assert identify(utc, NOW).revision == identify(a_draft(), NOW).revision


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://a.vn/khac"},
        {"title": "Khác"},
        {"text": "Khác"},
        {"title": None},
        {"published_at": "2026-11-23T08:30:01+07:00"},
        {"action": "share"},
        {"format": "video"},
    ],
)
def test_each_change_of_content_makes_a_revision(change: dict[str, Any]) -> None:
    post, changed = identify(a_draft(), NOW), identify(a_draft(**change), NOW)
    assert (changed.post_id, changed.revision != post.revision) == (post.post_id, True)


def test_a_post_counts_on_the_local_day_of_its_publication() -> None:
    assert identify(a_draft(published_at="2026-11-22T17:00:00Z"), NOW).local_day == date(
        2026, 11, 23
    )


def test_a_right_post_breaks_no_rule() -> None:
    assert codes(a_draft()) == []


def test_a_channel_that_nobody_registered_is_unknown() -> None:
    assert codes(a_draft(), []) == ["unknown-channel"]


@pytest.mark.parametrize("published_at", ["2024-04-15T23:59:59+07:00", "2025-07-01T00:00:00+07:00"])
def test_a_channel_counts_only_on_the_days_of_its_unit(published_at: str) -> None:
    merged = [Tenure("so-tttt", date(2024, 4, 16), date(2025, 6, 30))]
    assert codes(a_draft(published_at=published_at), merged) == ["channel-not-registered"]


@pytest.mark.parametrize("published_at", ["2024-04-16T00:00:00+07:00", "2025-06-30T23:59:59+07:00"])
def test_first_and_last_day_of_a_channel_count(published_at: str) -> None:
    merged = [Tenure("so-tttt", date(2024, 4, 16), date(2025, 6, 30))]
    assert codes(a_draft(published_at=published_at), merged) == []


def test_a_post_may_be_dated_a_day_ahead_and_no_more() -> None:
    ahead = NOW + timedelta(hours=24)
    assert codes(a_draft(published_at=ahead.isoformat())) == []
    later = ahead + timedelta(seconds=1)
    assert codes(a_draft(published_at=later.isoformat())) == ["published-in-future"]


def test_a_post_needs_an_id_or_an_address() -> None:
    assert codes(a_draft(external_id="  ", url=None)) == ["missing-identity"]


def test_an_address_must_be_one() -> None:
    assert codes(a_draft(url="facebook.com/1")) == ["invalid-url"]


@pytest.mark.parametrize(
    "text",
    [
        *(None, " \n", "<p> </p>", "&nbsp;", "&amp;nbsp;", "!!! ...", "\u200b", "<br/>–<img a=b>"),
        *("<script>var a = 1;</script>", "<style>p {}</style>🎉", "<!-- tin > -->", "<script>tin"),
    ],
)
def test_a_post_without_a_letter_has_no_text(text: str | None) -> None:
    assert codes(a_draft(title=None, text=text)) == ["missing-text"]


@pytest.mark.parametrize("text", ["7", "a < b", "<p>Tin</p>", "&lt;b&gt;Tin&lt;/b&gt;", "新闻"])
def test_one_letter_or_digit_is_text(text: str) -> None:
    assert codes(a_draft(title=None, text=text)) == []


def test_the_longest_text_passes_and_one_more_character_does_not() -> None:
    assert codes(a_draft(text="ế" * 100_000, title="ế" * 2_000)) == []
    too_long = refusals(a_draft(text="ế" * 100_001, title="ế" * 2_001), OWNED, NOW)
    assert [refusal.pointer for refusal in too_long] == ["/title", "/text"]


def test_all_faults_of_a_post_are_told_at_once() -> None:
    broken = a_draft(
        external_id=None, url=None, title=None, text=None, published_at="2027-01-01T00:00:00Z"
    )
    refusal = as_one(refusals(broken, [], NOW))
    assert [fault.code for fault in refusal.faults] == [
        "unknown-channel",
        "published-in-future",
        "missing-identity",
        "missing-text",
    ]
