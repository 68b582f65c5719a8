"""From the gateway to the figures: what is sent is counted, once, where it belongs."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from services.ratio.domain.window import standing, window_at
from shared.local_time import local_day, utc_now
from tests.integration.ledger import buckets_differ, tables
from tests.province import Province, open_province
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


async def test_every_window_counts_the_posts_published_in_it(province: Province) -> None:
    today = local_day(utc_now())
    days = [today - timedelta(days=back) for back in (0, 1, 5, 8, 20, 45, 88)]
    # Midnight here, so that a zone mistaken for UTC would put it on the day before.
    await province.send(
        province.draft(number, published_at=f"{day}T00:00:00+07:00")
        for number, day in enumerate(days)
    )
    await province.counted()
    for window in standing(today):
        expected = sum(window.first_day <= day <= window.last_day for day in days)

        async def current(name: str = str(window.name), total: int = expected) -> bool:
            return (await province.ratio(window=name))["counts"]["total"] == total

        await until(current, what=f"{window.name} counts {expected}")
    last_month = window_at("month", today.replace(day=1) - timedelta(days=1))
    ratio = await province.ratio(window="month", at=str(last_month.last_day))
    expected = sum(last_month.first_day <= day <= last_month.last_day for day in days)
    assert ratio["counts"]["total"] == expected


async def test_the_same_batch_twice_changes_nothing(stack: Stack, province: Province) -> None:
    batch = [province.draft(number) for number in range(30)]
    first = await province.send([*batch, batch[0]])
    assert (first["accepted"], first["duplicate"]) == (30, 1)
    before = await province.counted()
    second = await province.send(batch)
    assert (second["accepted"], second["duplicate"]) == (0, 30)
    for one, other in zip(first["results"][:30], second["results"], strict=True):
        assert one["received_at"] == other["received_at"]
    after = await province.counted()
    assert (after["counts"], after["pending"]) == (before["counts"], 0)
    assert await buckets_differ(stack.dsn) == []


async def test_a_changed_post_is_judged_again_and_counted_once(province: Province) -> None:
    await province.send([province.draft(1)])
    await province.counted()
    answer = await province.send([province.draft(1, title="Thông báo lịch cắt điện tuần này")])
    assert answer["accepted"] == 1
    await province.counted()
    (post_id,) = province.acknowledged

    async def judged_again() -> bool:
        post = (await province.http.get(f"/v1/posts/{post_id}")).json()
        return post["revision"] == answer["results"][0]["revision"] and len(post["history"]) == 2

    await until(judged_again, what="the new revision stands")
    assert (await province.counted())["counts"]["total"] == 1


async def test_a_review_is_in_the_counts_of_its_own_answer(province: Province) -> None:
    await province.send([province.draft(1)])
    await province.counted()
    (post_id,) = province.acknowledged
    for label in ("tieu_cuc", "tich_cuc"):
        body = {"label": label, "reason": "Xem lại theo hướng dẫn."}
        answer = await province.http.post(f"/v1/posts/{post_id}/review", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ratio"]["counts"][label] == 1
        assert answer.json()["post"]["decided_by_kind"] == "reviewer"
    withdrawn = await province.http.delete(f"/v1/posts/{post_id}")
    assert withdrawn.json()["ratio"]["counts"]["total"] == 0
    assert withdrawn.json()["post"]["withdrawn_at"] is not None
    again = await province.http.post(f"/v1/posts/{post_id}/review", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "post-withdrawn")


async def test_the_posts_behind_a_figure_are_found(province: Province) -> None:
    await province.send(province.draft(number) for number in range(12))
    ratio = await province.counted()
    for label, count in ratio["counts"].items():
        if label == "total":
            continue
        parameters = {"unit_id": province.unit_id, "label": label, "limit": "5"}
        seen: list[str] = []
        while True:
            page = (await province.http.get("/v1/posts", params=parameters)).json()
            seen += [item["post_id"] for item in page["items"]]
            assert {item["label"] for item in page["items"]} <= {label}
            if page["next_cursor"] is None:
                break
            parameters["cursor"] = page["next_cursor"]
        assert (len(seen), len(set(seen))) == (count, count)


async def test_a_caption_without_a_title_is_shown_by_its_beginning(province: Province) -> None:
    caption = "🌸 Cả nhà ghé chụp ảnh\nnhưng đừng hái hoa nhé! " * 10
    await province.send([province.draft(1, title=None, text=caption)])
    await province.counted()
    (post_id,) = province.acknowledged
    title = (await province.http.get(f"/v1/posts/{post_id}")).json()["title"]
    assert title.startswith("🌸 Cả nhà ghé chụp ảnh nhưng đừng hái hoa nhé!")
    assert len(title) <= 160
    assert title.endswith("…")


async def test_groups_add_up_to_the_whole(province: Province) -> None:
    await province.send(
        province.draft(number, action="share" if number % 3 else "publish") for number in range(9)
    )
    await province.counted()
    today = local_day(utc_now())
    ratio = await province.ratio(
        by="action", **{"from": str(today - timedelta(days=7)), "to": str(today)}
    )
    totals = {group["action"]: group["counts"]["total"] for group in ratio["groups"]}
    assert totals == {"publish": 3, "share": 6}


async def test_no_title_url_or_text_is_in_the_verdicts(stack: Stack, province: Province) -> None:
    await province.send([province.draft(7)])
    await province.counted()
    history = (await tables(stack.dsn))["history"]
    mine = [row for row in history if province.channel_id in repr(row)]
    assert mine
    assert all(province.draft(7)["title"] not in repr(row) for row in mine)
