"""Questions about the past, the trend, the words: answered by the real stack."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from shared.local_time import local_day, utc_now
from tests.province import Province, open_province
from tests.stack import Stack

pytestmark = pytest.mark.anyio

REASON = "Xem lại theo hướng dẫn."


@pytest.fixture
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


async def one_post(province: Province, **fields: Any) -> str:
    """A judged post; its id."""
    number = len(province.acknowledged)
    result = (await province.send([province.draft(number, **fields)]))["results"][0]
    await province.counted()
    return result["post_id"]


async def review(province: Province, post_id: str, label: str, **headers: str) -> Any:
    """The answer to a review."""
    body = {"label": label, "reason": REASON}
    path = f"/v1/posts/{post_id}/review"
    return await province.http.post(path, json=body, headers=headers)


async def test_what_was_answered_then_is_answered_as_of_then(province: Province) -> None:
    post_id = await one_post(province)
    answered: list[tuple[str, Any]] = []
    for label in ("tieu_cuc", "tich_cuc", "trung_tinh"):
        answer = (await review(province, post_id, label)).json()
        answered.append((utc_now().isoformat(), answer["ratio"]["counts"]))
    await province.http.delete(f"/v1/posts/{post_id}")
    today = local_day(utc_now())
    wide = {"from": str(today - timedelta(days=5)), "to": str(today)}
    for moment, counts in answered:
        assert (await province.ratio(**wide, as_of=moment))["counts"] == counts
        listed = await province.http.get(
            "/v1/posts", params={"unit_id": province.unit_id, "as_of": moment}
        )
        assert [counts[one["label"]] for one in listed.json()["items"]] == [1]


async def test_a_review_taken_back_uncovers_what_stood_before(province: Province) -> None:
    post_id = await one_post(province)
    first = (await province.http.get(f"/v1/posts/{post_id}")).json()["label"]
    for label in ("tieu_cuc", "tich_cuc"):
        await review(province, post_id, label)
    path = f"/v1/posts/{post_id}/review"
    for expected in ("tieu_cuc", first):
        answer = await province.http.delete(path)
        assert answer.json()["post"]["label"] == expected
        assert answer.json()["ratio"]["counts"][expected] == 1
    nothing_left = await province.http.delete(path)
    assert (nothing_left.status_code, nothing_left.json()["code"]) == (409, "no-review")


async def test_a_withdrawn_post_can_be_restored(province: Province) -> None:
    post_id = await one_post(province)
    for _ in range(2):
        gone = await province.http.delete(f"/v1/posts/{post_id}")
        assert gone.json()["ratio"]["counts"]["total"] == 0
        back = await province.http.post(f"/v1/posts/{post_id}/restore")
        assert back.json()["ratio"]["counts"]["total"] == 1
        assert back.json()["post"]["withdrawn_at"] is None


async def test_a_reviewer_who_saw_something_else_is_told(province: Province) -> None:
    post_id = await one_post(province)
    seen = (await province.http.get(f"/v1/posts/{post_id}")).headers["etag"]
    assert (await review(province, post_id, "tieu_cuc", **{"If-Match": seen})).status_code == 200
    late = await review(province, post_id, "tich_cuc", **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "post-changed")
    post = (await province.http.get(f"/v1/posts/{post_id}")).json()
    assert (post["label"], len(post["history"])) == ("tieu_cuc", 2)


async def test_of_two_reviewers_at_once_one_is_told_and_nothing_is_lost(
    province: Province,
) -> None:
    post_id = await one_post(province)
    seen = (await province.http.get(f"/v1/posts/{post_id}")).headers["etag"]
    labels = ("tieu_cuc", "tich_cuc", "trung_tinh")
    answers = await asyncio.gather(
        *(review(province, post_id, label, **{"If-Match": seen}) for label in labels)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    (taken,) = [answer.json()["post"] for answer in answers if answer.status_code == 200]
    post = (await province.http.get(f"/v1/posts/{post_id}")).json()
    assert (post["label"], len(post["history"])) == (taken["label"], 2)
    # Without a condition each one counts, and the later holds.
    answers = await asyncio.gather(*(review(province, post_id, label) for label in labels))
    assert {answer.status_code for answer in answers} == {200}
    post = (await province.http.get(f"/v1/posts/{post_id}")).json()
    assert len(post["history"]) == 5
    assert (await province.counted())["counts"][post["label"]] == 1


async def test_the_trend_has_every_bucket_and_adds_up(province: Province) -> None:
    today = local_day(utc_now())
    days = [today - timedelta(days=back) for back in (0, 3, 3, 40)]
    await province.send(
        province.draft(number, published_at=f"{day}T00:00:00+07:00")
        for number, day in enumerate(days)
    )
    await province.counted()
    path = f"/v1/units/{province.unit_id}/ratio/series"
    for bucket, number in (("day", 61), ("week", None), ("month", None)):
        asked = {"from": str(today - timedelta(days=60)), "to": str(today), "bucket": bucket}
        answer = await province.http.get(path, params=asked)
        items = answer.json()["items"]
        assert sum(item["counts"]["total"] for item in items) == len(days)
        assert number in (None, len(items))
        assert any(item["negative_share"] is None for item in items) or bucket != "day"


async def test_a_title_is_found_with_and_without_marks(province: Province) -> None:
    post_id = await one_post(province, title="Lễ hội đường hoa ở xã Hòa Bình, khoẻ và vui")
    for q in ("hòa bình", "hoà bình", "hoa binh", "HOÀ BÌNH", "khỏe", "duong hoa"):
        asked = {"unit_id": province.unit_id, "q": q}
        found = (await province.http.get("/v1/posts", params=asked)).json()["items"]
        assert [one["post_id"] for one in found] == [post_id], q
    missed = await province.http.get(
        "/v1/posts", params={"unit_id": province.unit_id, "q": "hóa bình"}
    )
    assert missed.json()["items"] == []


async def test_copies_of_a_post_count_once_beside_the_whole(province: Province) -> None:
    text = "Đoàn viên thanh niên ra quân dọn vệ sinh, trồng hoa dọc các tuyến đường liên xóm. " * 3
    for emoji in ("🌸", "🌼", "🌻"):
        await one_post(province, title=None, text=f"{emoji} {text} #tinhnguyen")
    await one_post(province, title="Thông báo lịch tiếp công dân tháng này của Chủ tịch UBND")
    today = local_day(utc_now())
    wide = {"from": str(today - timedelta(days=5)), "to": str(today)}
    answer = await province.ratio(**wide, include="near-copies")
    assert answer["counts"]["total"] == 4
    assert answer["near_copies"]["near_copies"] == 2
    assert answer["near_copies"]["counts"]["total"] == 2


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"window": "month", "at": "2199-01-01"}, "at"),
        ({"from": "2199-01-01", "to": "2199-02-01"}, "from"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "from"),
        ({"from": "2010-01-01", "to": "2026-01-01"}, "from"),
        ({"at": "2026-01-01", "from": "2026-01-01", "to": "2026-01-02"}, "window"),
        ({"as_of": "2199-01-01T00:00:00+07:00"}, "as_of"),
        ({"as_of": "2026-01-01T00:00:00"}, "as_of"),
        ({"include": "cousins"}, "include"),
    ],
)
async def test_a_question_without_an_answer_names_its_parameter(
    province: Province, parameters: dict[str, str], named: str
) -> None:
    answer = await province.http.get(f"/v1/units/{province.unit_id}/ratio", params=parameters)
    assert answer.status_code == 422, answer.text
    assert named in {fault["parameter"] for fault in answer.json()["errors"]}
