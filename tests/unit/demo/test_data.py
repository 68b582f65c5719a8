"""The demo's data files: what they promise, and that the API will take all of it."""

import unicodedata
from datetime import date, timedelta

import pytest

from demo.province import (
    DAYS_AGO_MAX,
    POSTS,
    UNITS,
    Post,
    Unit,
    corrected,
    draft_of,
    published_at,
    read_posts,
    read_units,
)
from services.ingest.domain.drafts import ChannelDraft, PostDraft, UnitDraft
from services.ingest.domain.post import has_words, refusals
from services.ingest.domain.registry import Tenure
from shared.local_time import LOCAL_ZONE, local_day, utc_now

UNIT_IDS = [unit.unit_id for unit in read_units()]
STARTED = utc_now().astimezone(LOCAL_ZONE)


@pytest.fixture(scope="module")
def units() -> list[Unit]:
    return read_units()


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return read_posts()


def has_accents(text: str) -> bool:
    return any(
        unicodedata.combining(one) or one in "đĐ" for one in unicodedata.normalize("NFD", text)
    )


def tenures_of(units: list[Unit], channel_id: str) -> list[Tenure]:
    bodies = {
        unit.unit_id: ChannelDraft(**one.channel)
        for unit in units
        for one in unit.channels
        if one.channel_id == channel_id
    }
    return [Tenure(unit_id, one.valid_from, one.valid_to) for unit_id, one in bodies.items()]


def test_the_province_is_large_enough_to_be_one(units: list[Unit], posts: list[Post]) -> None:
    assert len(posts) >= 600
    assert len(units) >= 12
    assert len({one.channel_id for unit in units for one in unit.channels}) >= 30
    assert len({post.channel_id for post in posts}) >= 28


def test_every_unit_and_channel_is_one_that_the_api_takes(units: list[Unit]) -> None:
    for unit in units:
        UnitDraft(**unit.unit)
        for one in unit.channels:
            ChannelDraft(**one.channel)


def test_a_parent_stands_before_its_units(units: list[Unit]) -> None:
    for at, unit in enumerate(units):
        assert unit.unit["parent_id"] in (None, *UNIT_IDS[:at])


def test_a_channel_has_one_owner_a_day(units: list[Unit]) -> None:
    for channel_id in {one.channel_id for unit in units for one in unit.channels}:
        first, *later = sorted(tenures_of(units, channel_id), key=lambda one: one.valid_from)
        for tenure in later:
            assert not first.overlaps(tenure.valid_from, tenure.valid_to)
            first = tenure


def test_ids_are_unique_and_name_the_unit(posts: list[Post]) -> None:
    ids = [post.external_id for post in posts]
    assert len(set(ids)) == len(ids)
    assert {one.rpartition("-")[0] for one in ids} <= set(UNIT_IDS)


def test_each_channel_belongs_to_the_posts_unit_on_its_day(
    units: list[Unit], posts: list[Post]
) -> None:
    for post in posts:
        day = local_day(published_at(post, STARTED))
        owners = [one.unit_id for one in tenures_of(units, post.channel_id) if one.holds_on(day)]
        assert owners == [post.external_id.rpartition("-")[0]], post.external_id


def test_the_api_refuses_none_of_the_posts(units: list[Unit], posts: list[Post]) -> None:
    for post in (one for both in posts for one in {both, corrected(both)}):
        draft = PostDraft(**draft_of(post, STARTED))
        broken = refusals(draft, tenures_of(units, post.channel_id), STARTED)
        assert broken == [], post.external_id
        assert has_words(post.title) or has_words(post.text)


def test_the_files_are_in_one_spelling() -> None:
    for file in (UNITS, *POSTS.glob("*.jsonl")):
        content = file.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", content), file.name


def test_nothing_is_said_twice_but_by_sharing(posts: list[Post]) -> None:
    published = [(post.title, post.text) for post in posts if post.action == "publish"]
    assert len(set(published)) == len(published)


def test_what_real_channels_do_is_all_there(posts: list[Post]) -> None:
    assert any(post.correction and corrected(post) != post for post in posts)
    assert any(post.withdrawn for post in posts)
    assert any(post.spelling == "nfd" for post in posts)
    assert any(post.action == "share" for post in posts)
    assert any(not has_accents(f"{post.title}{post.text}") for post in posts)
    assert any((post.text or "").isupper() for post in posts)


def test_no_post_is_both_corrected_and_withdrawn(posts: list[Post]) -> None:
    assert not [post.external_id for post in posts if post.correction and post.withdrawn]


def test_a_correction_changes_what_was_said(posts: list[Post]) -> None:
    for post in posts:
        if post.correction:
            said = (post.correction.title, post.correction.text)
            assert said != (post.title, post.text), post.external_id


def test_the_current_month_has_posts_of_every_unit_that_posts(posts: list[Post]) -> None:
    days = {post.external_id.rpartition("-")[0]: set[int]() for post in posts}
    for post in posts:
        days[post.external_id.rpartition("-")[0]].add(post.days_ago)
    assert all(min(of_unit) <= 3 for of_unit in days.values())
    assert max(day for of_unit in days.values() for day in of_unit) <= DAYS_AGO_MAX


def test_channels_in_use_were_there_from_the_first_day(units: list[Unit]) -> None:
    oldest = date(2026, 9, 1) - timedelta(days=DAYS_AGO_MAX)
    for unit in units:
        for one in unit.channels:
            assert date.fromisoformat(one.channel["valid_from"]) <= oldest
