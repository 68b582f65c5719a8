"""Whatever a body holds, the answer says where the fault is and what to do."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.bodies import BatchTooLarge, EmptyBatch, read_batch, read_one
from services.ingest.domain.drafts import PostDraft, UnitDraft
from shared.problems import Invalid, Refusal, Unreadable

POST: dict[str, Any] = {
    "channel_id": "so-tttt-facebook",
    "external_id": "1",
    "title": "Tin",
    "published_at": "2026-11-23T08:30:00+07:00",
    "action": "publish",
    "format": "article",
}
JSON, LINES = "application/json; charset=utf-8", "application/x-ndjson"


def faults_of(**changes: Any) -> list[tuple[str, str | None]]:
    (result,) = read_batch(json.dumps([POST | changes]).encode(), JSON)
    assert isinstance(result, Refusal)
    return [(fault.code, fault.pointer) for fault in result.faults]


def test_a_post_is_read_with_and_without_byte_order_mark() -> None:
    body = json.dumps(POST).encode()
    assert read_one(b"\xef\xbb\xbf" + body, "", PostDraft) == read_one(body, JSON, PostDraft)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"tin", b'{"title": "\xff"}', b"[" * 100_000, "[]".encode("utf-16"), b"[1] x"],
)
def test_what_is_no_json_in_utf8_is_unreadable(body: bytes) -> None:
    for media_type in (JSON, ""):
        with pytest.raises(Unreadable):
            read_batch(body, media_type)


def test_an_unknown_media_type_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="application/json"):
        read_one(b"{}", "text/xml", PostDraft)


def test_a_single_post_is_no_batch() -> None:
    with pytest.raises(Unreadable, match="mảng"):
        read_batch(json.dumps(POST).encode(), JSON)


@pytest.mark.parametrize("item", ["tin", 7, None, [], True])
def test_an_item_that_is_no_object_is_refused_alone(item: Any) -> None:
    bad, good = read_batch(json.dumps([item, POST]).encode(), JSON)
    assert isinstance(bad, Refusal)
    assert isinstance(good, PostDraft)


def test_all_faults_of_fields_are_told_at_once() -> None:
    assert faults_of(action="like", format=None, author="An") == [
        ("literal_error", "/action"),
        ("literal_error", "/format"),
        ("extra_forbidden", "/author"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        1_700_000_000,
        "1700000000",
        "2026-11-23",
        "23/11/2026 08:30",
        "2026-11-23T08:30:00",
        None,
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        float("nan"),
    ],
)
def test_only_an_instant_with_zone_is_an_instant(value: Any) -> None:
    ((_, pointer),) = faults_of(published_at=value)
    assert pointer == "/published_at"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "tin \udfff", "\ude00\ud83d"])
def test_characters_that_cannot_be_kept_are_refused_with_their_field(text: str) -> None:
    assert faults_of(text=text) == [("invalid-character", "/text")]
    assert ("invalid-character", "/action") in faults_of(action=text)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_characters_that_cannot_be_kept_are_refused_inside_a_list_too(text: str) -> None:
    unit = {"name": "Xã", "kind": "commune", "valid_from": "2025-07-01"}
    former = {"parent_id": "huyen", "valid_to": "2025-06-30"}
    for wrong in ({**former, "parent_id": text}, {**former, text: 1}):
        body = json.dumps(unit | {"former_parents": [former, wrong]}).encode()
        with pytest.raises(Refusal) as refusal:
            read_one(body, JSON, UnitDraft)
        fault = refusal.value.faults[0]
        assert fault.code == "invalid-character"
        assert str(fault.pointer).startswith("/former_parents/1/")
        json.dumps(refusal.value.document("id"), ensure_ascii=False).encode()


def test_a_unit_has_had_at_most_fifty_parents_before() -> None:
    unit = {"name": "Xã", "kind": "commune", "valid_from": "2025-07-01"}
    former = [{"parent_id": "huyen", "valid_to": "2025-06-30"}]
    assert (
        len(
            read_one(
                json.dumps(unit | {"former_parents": former * 50}).encode(), JSON, UnitDraft
            ).former_parents
        )
        == 50
    )
    with pytest.raises(Invalid, match="tối đa 50") as refusal:
        read_one(json.dumps(unit | {"former_parents": former * 51}).encode(), JSON, UnitDraft)
    assert [fault.pointer for fault in refusal.value.faults] == ["/former_parents"]


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    body = json.dumps([POST | {"title": "😀 tin"}]).encode()
    assert b"\\ud83d\\ude00" in body
    (post,) = read_batch(body, JSON)
    assert isinstance(post, PostDraft)
    assert post.title == "😀 tin"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "9" * 10_000, "1e999"])
def test_a_monstrous_number_is_a_fault_of_its_item(number: str) -> None:
    good = json.dumps(POST)
    body = f'[{good}, {good[:-1]}, "external_id": {number}}}]'.encode()
    kept, refused = read_batch(body, JSON)
    assert isinstance(kept, PostDraft)
    assert isinstance(refused, Refusal)
    assert refused.faults[0].pointer == "/external_id"


def test_a_bad_line_sinks_no_other_line() -> None:
    good = json.dumps(POST).encode()
    bad, first, unreadable, second = read_batch(
        b"\n".join([b"{", good, b"", b'{"title": "\xff"}', good + b"\r", b""]), LINES
    )
    assert isinstance(bad, Unreadable)
    assert isinstance(unreadable, Unreadable)
    assert isinstance(first, PostDraft)
    assert first == second


@pytest.mark.parametrize("media_type", [JSON, LINES])
def test_a_batch_holds_one_to_a_thousand_posts(media_type: str) -> None:
    def body(count: int) -> bytes:
        posts = [json.dumps(POST)] * count
        return ("\n".join(posts) if media_type == LINES else f"[{','.join(posts)}]").encode()

    assert len(read_batch(body(1_000), media_type)) == 1_000
    with pytest.raises(BatchTooLarge):
        read_batch(body(1_001), media_type)
    with pytest.raises(EmptyBatch):
        read_batch(body(0), media_type)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_line_fail_otherwise(body: bytes) -> None:
    try:
        results = read_batch(body, LINES)
    except EmptyBatch:
        return
    for result in results:
        assert isinstance(result, Refusal)
        json.dumps(result.document("id", "", "/0")).encode()
