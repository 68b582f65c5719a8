"""Classify over a real log: a verdict for each post, whatever dies; and the texts of a call."""

import signal
import subprocess
import sys
import unicodedata
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition

from services.classify.app import GROUP
from shared.contracts import Post, Verdict
from shared.topics import POSTS, VERDICTS, Topic
from tests.integration.ingest_calls import raw_records
from tests.province import Province, open_province
from tests.stack import Stack
from tests.unit.classify.tiny import write_bundle
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

BACKLOG = 1_000


@pytest.fixture
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


@pytest.fixture(scope="module")
def http(stack: Stack) -> Generator[httpx.Client]:
    """Calls classify itself, as the gateway does."""
    with httpx.Client(base_url=stack.url("classify"), timeout=60, trust_env=False) as client:
        yield client


async def records_of(stack: Stack, province: Province, topic: Topic[Any]) -> list[Any]:
    """What a topic has of the province's channel; others may have sent what cannot be read."""
    found = await anyio.to_thread.run_sync(raw_records, stack.kafka, topic)
    key = province.channel_id.encode()
    return [topic.codec.decode(record.value) for record in found if record.key == key]


def not_committed(stack: Stack) -> dict[int, int]:
    """For each partition of posts that classify is not through with, where it will go on."""
    consumer = KafkaConsumer(
        bootstrap_servers=[stack.kafka.bootstrap], group_id=GROUP, enable_auto_commit=False
    )
    try:
        partitions = [TopicPartition(POSTS.name, one) for one in range(POSTS.config.partitions)]
        ends = consumer.end_offsets(partitions, 10_000)
        committed = {one: consumer.committed(one) or 0 for one in partitions}
        return {one.partition: committed[one] for one in partitions if committed[one] < ends[one]}
    finally:
        consumer.close(False, 5_000)


async def test_each_post_gets_a_verdict_that_counts_and_tells_nothing_of_it(
    stack: Stack, province: Province
) -> None:
    secret = {"url": "https://so.example/dia-chi-rieng", "text": "Lời văn riêng của bài."}
    drafts = [
        province.draft(0, **secret),
        province.draft(1, action="share", format="video"),
        province.draft(2, published_at="2026-01-01T00:30:00+07:00", format="photo"),
    ]
    await province.send(drafts)
    await province.counted()
    posts: list[Post] = await records_of(stack, province, POSTS)
    verdicts: list[Verdict] = await records_of(stack, province, VERDICTS)
    by_post = {verdict.post_id: verdict for verdict in verdicts}
    assert len(verdicts) == len(posts) == 3
    names = ("revision", "received_at", "channel_id", "published_at", "local_day")
    for post in posts:
        for name in (*names, "action", "format"):
            assert getattr(by_post[post.post_id], name) == getattr(post, name)
    found = await anyio.to_thread.run_sync(raw_records, stack.kafka, VERDICTS)
    values = b" ".join(one.value for one in found if one.key == province.channel_id.encode())
    for hidden in (*secret.values(), *(draft["title"] for draft in drafts)):
        assert hidden.encode() not in values


async def test_metrics_tell_which_stage_settled_the_posts(
    stack: Stack, province: Province, http: httpx.Client
) -> None:
    def settled() -> float:
        return sum(
            float(line.rpartition(" ")[2])
            for line in http.get("/metrics").text.splitlines()
            if line.startswith("candoi_posts_settled_total{stage=")
        )

    before = settled()
    await province.send(province.draft(number) for number in range(7))
    await province.counted()
    assert settled() >= before + 7


async def test_offsets_are_committed_only_when_the_log_has_the_verdicts(
    stack: Stack, province: Province
) -> None:
    # Calmly, so that the group need not wait for a dead member.
    await anyio.to_thread.run_sync(stack.kill, "classify", signal.SIGTERM)
    await province.send(province.draft(number) for number in range(BACKLOG))
    await anyio.to_thread.run_sync(stack.restart, "classify")

    async def some_judged() -> bool:
        return len(await records_of(stack, province, VERDICTS)) > 0

    await until(some_judged, seconds=30, what="the first batch is judged")
    await anyio.to_thread.run_sync(stack.kill, "classify")
    try:
        await every_committed_post_has_a_verdict(stack, province)
    finally:
        await anyio.to_thread.run_sync(stack.restart, "classify")
    await until(
        lambda: anyio.to_thread.run_sync(lambda: not not_committed(stack)),
        seconds=60,
        what="classify is through with the log",
    )
    ids: dict[tuple[Any, str], set[Any]] = {}
    for verdict in await records_of(stack, province, VERDICTS):
        ids.setdefault((verdict.post_id, verdict.revision), set()).add(verdict.verdict_id)
    assert {str(post_id) for post_id, _ in ids} == set(province.acknowledged)
    assert len(ids) == BACKLOG
    assert all(len(of_one) == 1 for of_one in ids.values())
    await province.counted()


async def every_committed_post_has_a_verdict(stack: Stack, province: Province) -> None:
    going_on = await anyio.to_thread.run_sync(not_committed, stack)
    sent = await anyio.to_thread.run_sync(raw_records, stack.kafka, POSTS)
    mine = [one for one in sent if one.key == province.channel_id.encode()]
    assert mine[0].partition in going_on, "it was killed too late to tell anything"
    judged = {verdict.post_id for verdict in await records_of(stack, province, VERDICTS)}
    for record in mine:
        if record.offset < going_on[record.partition]:
            assert POSTS.codec.decode(record.value).post_id in judged


def ask(http: httpx.Client, *items: Any) -> httpx.Response:
    return http.post("/v1/classify", json={"items": list(items)})


def test_a_text_is_judged_in_the_shape_that_was_agreed(http: httpx.Client) -> None:
    title, text = "Tai nạn trên quốc lộ 3", "Hai người tử vong tại chỗ."
    answer = ask(http, {"title": title, "text": text}, {"title": "Lịch tiếp công dân"})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"model", "items"}
    assert answer.json()["model"].startswith("candoi-e5-")
    negative, other = answer.json()["items"]
    assert (
        set(negative)
        == set(other)
        == {
            *("label", "probabilities", "confidence", "needs_review", "topic", "words"),
        }
    )
    assert (negative["label"], negative["topic"]) == ("tieu_cuc", "tai_nan")
    assert set(negative["probabilities"]) == {"tich_cuc", "trung_tinh", "tieu_cuc"}
    assert sum(negative["probabilities"].values()) == pytest.approx(1, abs=3e-6)
    assert negative["confidence"] == negative["probabilities"]["tieu_cuc"]
    assert negative["needs_review"] is False
    assert (other["label"] == "tieu_cuc") == (other["topic"] is not None)
    assert negative["words"]
    for word in negative["words"]:
        assert set(word) == {"field", "start", "end", "weight"}
        shown = {"title": title, "text": text}[word["field"]][word["start"] : word["end"]]
        assert shown in (title + " " + text).replace(".", "").split()


def test_a_text_is_judged_the_same_in_composed_and_decomposed_letters(http: httpx.Client) -> None:
    item = {"title": "Bắt nhóm cướp tiệm vàng", "text": "Công an đã thu giữ hung khí."}
    decomposed = {name: unicodedata.normalize("NFD", value) for name, value in item.items()}
    assert decomposed != item
    one, other = (ask(http, sent).json() for sent in (item, decomposed))
    assert one == other


def test_256_texts_are_judged_in_order_and_one_more_is_refused(http: httpx.Client) -> None:
    items = [{"text": "Cháy lớn, hai người chết" if at % 3 else "Tin"} for at in range(256)]
    answers = ask(http, *items).json()["items"]
    assert [one["label"] == "tieu_cuc" for one in answers] == [bool(at % 3) for at in range(256)]
    assert faults(ask(http, *items, {"text": "Tin"})) == ["#/items"]
    assert faults(ask(http)) == ["#/items"]


@pytest.mark.parametrize("nothing", [{}, {"text": ""}, {"title": " <br/> ", "text": "&nbsp;🎉"}])
def test_a_text_without_a_letter_is_refused_with_its_place(
    http: httpx.Client, nothing: dict[str, str]
) -> None:
    assert faults(ask(http, {"text": "Tin"}, nothing)) == ["#/items/1"]


def test_what_is_no_text_is_refused_with_its_place(http: httpx.Client) -> None:
    answer = ask(http, {"text": 1}, {"text": "Tin", "lang": "vi"}, {"title": "a" * 100_001})
    assert faults(answer) == ["#/items/0/text", "#/items/1/lang", "#/items/2/title"]


def faults(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [fault["pointer"] for fault in answer.json()["errors"]]


async def test_another_model_judges_what_the_log_has_and_no_review_loses_to_it(
    stack: Stack, province: Province, tmp_path: Path
) -> None:
    await province.send(province.draft(number) for number in range(3))
    await province.counted()
    reviewed, *others = province.acknowledged
    body = {"label": "tich_cuc", "reason": "Xem lại theo hướng dẫn."}
    (await province.http.post(f"/v1/posts/{reviewed}/review", json=body)).raise_for_status()
    env = {**stack.env, "CANDOI_CLASSIFY_BUNDLE": str(write_bundle(tmp_path))}
    command = [sys.executable, "-m", "services.classify", "rejudge"]
    done = await anyio.run_process(command, env=env, stderr=subprocess.PIPE)
    assert b"candoi-tiny@7" in done.stderr

    async def judged_again() -> bool:
        posts = [(await province.http.get(f"/v1/posts/{one}")).json() for one in others]
        return all(post["decided_by"] == "candoi-tiny@7" for post in posts)

    await until(judged_again, seconds=30, what="the new model's verdicts stand")
    post = (await province.http.get(f"/v1/posts/{reviewed}")).json()
    assert (post["label"], post["decided_by_kind"]) == ("tich_cuc", "reviewer")
    assert (await province.counted())["counts"]["total"] == 3


async def test_another_bundle_is_another_setting(stack: Stack, tmp_path: Path) -> None:
    folder = str(write_bundle(tmp_path))
    url = await anyio.to_thread.run_sync(
        lambda: stack.start_second("classify", CANDOI_CLASSIFY_BUNDLE=folder)
    )
    try:
        with httpx.Client(base_url=url, trust_env=False) as other:
            answer = ask(other, {"title": "Cướp", "text": "cướp cướp"}).json()
    finally:
        # Calmly, so that its partitions go back at once.
        await anyio.to_thread.run_sync(stack.kill, "classify-2", signal.SIGTERM)
    assert answer["model"] == "candoi-tiny@7"
    (item,) = answer["items"]
    assert (item["label"], len(item["words"])) == ("tieu_cuc", 3)
