"""What the centre decides: limits, closed windows, titles taken down; and what it must hear of."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import anyio.to_thread
import httpx
import pytest

from services.ratio.domain.closing import Digest, counted_at
from services.ratio.domain.facts import Known
from services.ratio.domain.ledger import fold
from services.ratio.domain.window import window_at
from services.ratio.routes.closings import CLOCKS_APART
from shared.contracts import Unreadable, Window
from shared.local_time import local_day, utc_now
from shared.topics import VERDICTS
from tests.integration.ingest_calls import raw_records
from tests.integration.ledger import connected
from tests.province import SENTENCES, Province, open_province
from tests.stack import KafkaNode, Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

# A title that no other test searches for.
TITLE = "Xử phạt ông Trịnh Bá Khoả ở tổ 7 phường Tích Lương"
LABELS = ("tich_cuc", "trung_tinh", "tieu_cuc")


@pytest.fixture
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


@pytest.fixture
async def centre(stack: Stack) -> AsyncGenerator[httpx.AsyncClient]:
    """Calls ratio itself, as the gateway does for a client that is bound to no unit."""
    async with httpx.AsyncClient(
        base_url=stack.url("ratio"),
        headers={"X-Candoi-Client": "trung-tam"},
        timeout=60,
        trust_env=False,
    ) as http:
        yield http


def bound_to(*units: str) -> dict[str, str]:
    """As the gateway names a client that sees these units alone."""
    return {"X-Candoi-Units": ",".join(units)}


def before(name: Any) -> Window:
    """The last window of that name which is over."""
    return window_at(name, window_at(name, local_day(utc_now())).first_day - timedelta(days=1))


def at(day: date) -> str:
    return f"{day}T08:30:00+07:00"


def place(answer: httpx.Response) -> tuple[int, str, str | None, str | None]:
    """Status, code, and the first fault with its place."""
    document = answer.json()
    fault = document.get("errors", [{}])[0]
    where = fault.get("pointer") or fault.get("parameter")
    return answer.status_code, document["code"], fault.get("code"), where


async def acts_of(stack: Stack, subject: str) -> int:
    """How many acts the log has told of a policy, a window or a post."""
    async with connected(stack.dsn) as connection:
        return await connection.fetchval("SELECT count(*) FROM acts WHERE subject = $1", subject)


async def known_for_long(
    centre: httpx.AsyncClient, province: Province, window: Window
) -> dict[str, Any]:
    """The unit's counts, once a closing would see it and all of its posts."""

    async def known() -> dict[str, Any] | None:
        moment = utc_now() - CLOCKS_APART
        parameters = {"from": str(window.first_day), "to": str(window.last_day)}
        path = f"/v1/units/{province.unit_id}/ratio"
        answer = await centre.get(path, params={**parameters, "as_of": moment.isoformat()})
        # Until then, nobody knew of the unit.
        assert answer.is_success
        counts = answer.json()["counts"]
        return counts if counts["total"] == len(province.acknowledged) else None

    return await until(known, seconds=30, what="all posts are known for some seconds")


def digest_from_log(kafka: KafkaNode, window: Window, known_at: datetime) -> tuple[int, str]:
    """Made by nothing but the log."""
    news: list[Known] = []
    for record in raw_records(kafka, VERDICTS):
        try:
            decoded = VERDICTS.codec.decode(record.value)
        except Unreadable:
            continue
        news.append(Known(decoded, datetime.fromtimestamp(record.timestamp / 1_000, UTC)))
    found = Digest()
    for entry in sorted(fold({}, news).added, key=lambda entry: entry.post_id):
        post = counted_at(entry, known_at)
        if post is not None and window.first_day <= post.local_day <= window.last_day:
            found.add(post)
    return found.posts, found.hex()


async def test_a_closed_window_stays_as_it_was_and_every_later_change_is_a_correction(
    stack: Stack, centre: httpx.AsyncClient, province: Province
) -> None:
    window = before("month")
    path = f"/v1/closings/month/{window.first_day}"
    await province.send(province.draft(n, published_at=at(window.last_day)) for n in range(6))
    await province.counted()
    counts = await known_for_long(centre, province, window)
    closed = await centre.put(path)
    assert closed.status_code == 201, closed.text
    frozen = closed.json()
    (figures,) = [one for one in frozen["figures"] if one["unit_id"] == province.unit_id]
    assert figures["counts"] == counts
    known_at = datetime.fromisoformat(frozen["known_at"])
    recount = await anyio.to_thread.run_sync(digest_from_log, stack.kafka, window, known_at)
    assert (frozen["posts"], frozen["digest"]) == recount

    reviewed, withdrawn, moved = list(province.acknowledged)[:3]
    today = str(local_day(utc_now()))
    await review(centre, reviewed, other_than=await label_of(centre, reviewed))
    await centre.delete(f"/v1/posts/{withdrawn}")
    # The same label by a person moves no figure.
    await review(centre, list(province.acknowledged)[3], other_than=None)
    await province.send([province.draft(2, published_at=f"{today}T00:00:00+07:00")])
    late = await province.send([province.draft(9, published_at=at(window.first_day))])

    async def four_changed() -> bool:
        mine = await centre.get(path, headers=bound_to(province.unit_id))
        return mine.json()["corrections"] == 4

    await until(four_changed, seconds=60, what="four posts count otherwise")
    found = await all_corrections(centre, path, province.unit_id)
    assert list(found) == sorted(found)
    assert set(found) == {reviewed, withdrawn, moved, late["results"][0]["post_id"]}
    assert all(one["unit_id"] == province.unit_id for one in found.values())
    assert found[reviewed]["before"]["label"] != found[reviewed]["after"]["label"]
    assert found[withdrawn]["after"] is None
    assert found[moved]["before"]["local_day"] == str(window.last_day)
    assert found[moved]["after"]["local_day"] == today
    assert found[late["results"][0]["post_id"]]["before"] is None

    again = await centre.put(path)
    assert again.status_code == 200
    for answer in (again.json(), (await centre.get(path)).json()):
        assert answer | {"corrections": frozen["corrections"]} == frozen
    recount = await anyio.to_thread.run_sync(digest_from_log, stack.kafka, window, known_at)
    assert (frozen["posts"], frozen["digest"]) == recount


async def label_of(centre: httpx.AsyncClient, post_id: str) -> str:
    return (await centre.get(f"/v1/posts/{post_id}")).json()["label"]


async def review(centre: httpx.AsyncClient, post_id: str, other_than: str | None) -> None:
    """Set another label than this one; the post's own again, if None."""
    post = (await centre.get(f"/v1/posts/{post_id}")).json()
    same = {"label": post["label"], "topic": post["topic"]}
    other = {"label": next(label for label in LABELS if label != other_than)}
    body = (same if other_than is None else other) | {"reason": "Xem lại."}
    answer = await centre.post(f"/v1/posts/{post_id}/review", json=body)
    assert answer.status_code == 200, answer.text


async def all_corrections(
    centre: httpx.AsyncClient, path: str, unit_id: str
) -> dict[str, dict[str, Any]]:
    """Each correction of the unit by its post, read two by two."""
    found: dict[str, dict[str, Any]] = {}
    parameters = {"unit_id": unit_id, "limit": "2"}
    while True:
        page = (await centre.get(f"{path}/corrections", params=parameters)).json()
        assert not {one["post_id"] for one in page["items"]} & found.keys()
        found |= {one["post_id"]: one for one in page["items"]}
        if page["next_cursor"] is None:
            return found
        parameters["cursor"] = page["next_cursor"]


async def test_a_client_of_some_units_sees_their_part_of_a_closing_and_closes_nothing(
    centre: httpx.AsyncClient, province: Province
) -> None:
    window = before("report-month")
    path = f"/v1/closings/report-month/{window.first_day}"
    mine, others = bound_to(province.unit_id), bound_to("so-khac")
    refused = await centre.put(path, headers=mine)
    assert place(refused)[:2] == (403, "whole-province-only")
    assert (await centre.get(path)).json()["code"] == "unknown-closing"
    await known_for_long(centre, province, window)
    assert (await centre.put(path)).status_code == 201
    await province.send([province.draft(1, published_at=at(window.last_day))])
    await province.counted()

    async def corrected() -> bool:
        return (await centre.get(path, headers=mine)).json()["corrections"] == 1

    await until(corrected, what="the unit has a correction")
    figures = (await centre.get(path, headers=mine)).json()["figures"]
    assert [one["unit_id"] for one in figures] == [province.unit_id]
    hidden = (await centre.get(path, headers=others)).json()
    assert (hidden["figures"], hidden["corrections"]) == ([], 0)
    for headers, count in ((mine, 1), (others, 0)):
        page = await centre.get(f"{path}/corrections", headers=headers)
        assert len(page.json()["items"]) == count
    named = {"unit_id": province.unit_id}
    assert len((await centre.get(f"{path}/corrections", params=named)).json()["items"]) == 1
    unseen = await centre.get(f"{path}/corrections", params=named, headers=others)
    assert place(unseen)[:2] == (404, "unknown-unit")


async def test_of_two_closings_at_once_the_first_holds(
    stack: Stack, centre: httpx.AsyncClient, province: Province
) -> None:
    window = before("week")
    await known_for_long(centre, province, window)
    path = f"/v1/closings/week/{window.first_day}"
    answers = await asyncio.gather(*(centre.put(path) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [200, 200, 201]
    (known_at,) = {one.json()["known_at"] for one in answers}
    assert await acts_of(stack, f"week {window.first_day}") == 1
    listed = (await centre.get("/v1/closings")).json()["items"]
    (mine,) = [one for one in listed if one["window"]["name"] == "week"]
    assert (mine["known_at"], "figures" in mine) == (known_at, False)
    ratio = {"window": "week", "at": str(window.last_day)}
    marked = await centre.get(f"/v1/units/{province.unit_id}/ratio", params=ratio)
    assert marked.json()["closing"]["digest"] == answers[0].json()["digest"]
    current = window_at("week", local_day(utc_now())).first_day
    assert place(await centre.put(f"/v1/closings/week/{current}"))[:2] == (409, "window-not-over")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("month/2026-10-02", "first_day"),
        ("report-month/2026-10-01", "first_day"),
        ("quarter/2026-09-01", "first_day"),
        ("year/0001-01-01", "first_day"),
        ("report-month/0001-01-01", "first_day"),
        ("year/9999-01-01", "first_day"),
        ("month/hom-qua", "first_day"),
        ("day/2026-10-02", "window"),
        ("rolling-7d/2026-10-02", "window"),
    ],
)
async def test_only_whole_windows_are_closed(
    centre: httpx.AsyncClient, path: str, parameter: str
) -> None:
    status, code, _, where = place(await centre.put(f"/v1/closings/{path}"))
    assert (status, code, where) == (422, "invalid-input", parameter)


def a_policy(**fields: Any) -> dict[str, Any]:
    return {
        "limit": 0.5,
        "warn_at": 0.4,
        "min_total": 3,
        "source": "Quyết định 12/QĐ-UBND",
        "valid_from": "2026-01-01",
    } | fields


async def test_a_units_own_policy_is_in_its_answers_and_set_once(
    stack: Stack, centre: httpx.AsyncClient, province: Province
) -> None:
    policy_id, path = f"rieng-{province.unit_id}", f"/v1/units/{province.unit_id}/ratio"
    body = a_policy(unit_id=province.unit_id)
    assert (await centre.get(path)).json()["policy"]["policy_id"] == "cong-van-830"
    answer = await centre.put(f"/v1/policies/{policy_id}", json=body)
    assert answer.status_code == 200, answer.text
    policy = answer.json()
    assert policy | body == policy
    assert (policy["policy_id"], policy["set_by"]) == (policy_id, "trung-tam")
    applied = (await centre.get(path)).json()["policy"]
    assert (applied["policy_id"], applied["limit"], applied["min_total"]) == (policy_id, 0.5, 3)

    async def everybody_sees_it() -> bool:
        return (await province.ratio(window="month"))["policy"]["policy_id"] == policy_id

    await until(everybody_sees_it, what="the snapshot in memory goes by the policy")
    again = await centre.put(f"/v1/policies/{policy_id}", json=body)
    assert (again.status_code, again.json()) == (200, policy)
    assert await acts_of(stack, policy_id) == 1
    changed = await centre.put(f"/v1/policies/{policy_id}", json=body | {"limit": 0.6})
    assert (changed.json()["limit"], await acts_of(stack, policy_id)) == (0.6, 2)
    assert (await centre.get(path)).json()["policy"]["limit"] == 0.6
    earlier = {"as_of": policy["set_at"]}
    assert (await centre.get(path, params=earlier)).json()["policy"]["limit"] == 0.5
    listed = (await centre.get("/v1/policies")).json()["items"]
    names = [one["policy_id"] for one in listed]
    assert (names.count("cong-van-830"), names.count(policy_id)) == (1, 1)
    for headers, seen in ((bound_to(province.unit_id), True), (bound_to("so-khac"), False)):
        listed = (await centre.get("/v1/policies", headers=headers)).json()["items"]
        assert (policy_id in [one["policy_id"] for one in listed]) == seen
    refused = await centre.put(
        f"/v1/policies/{policy_id}", json=body, headers=bound_to(province.unit_id)
    )
    assert place(refused)[:2] == (403, "whole-province-only")


@pytest.mark.parametrize(
    ("fields", "code", "fault", "pointer"),
    [
        ({"warn_at": 0.6}, "invalid-input", "warning-after-limit", "#/warn_at"),
        ({"limit": 0}, "invalid-input", "greater_than", "#/limit"),
        ({"limit": 1}, "invalid-input", "less_than", "#/limit"),
        ({"limit": "0.5"}, "invalid-input", "float_type", "#/limit"),
        ({"min_total": 2.5}, "invalid-input", "int_type", "#/min_total"),
        ({"min_total": -1}, "invalid-input", "greater_than_equal", "#/min_total"),
        ({"source": "  "}, "invalid-input", "string_too_short", "#/source"),
        ({"source": "\ud800"}, "invalid-input", "string_unicode", "#/source"),
        ({"valid_from": 20_260_101}, "invalid-input", "date_parsing", "#/valid_from"),
        ({"valid_to": "2025-12-31"}, "dates-reversed", "dates-reversed", "#/valid_to"),
        ({"unit_id": "so-khong-co"}, "invalid-input", "unknown-unit", "#/unit_id"),
        ({"note": "?"}, "invalid-input", "extra_forbidden", "#/note"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_policy_that_cannot_be_is_refused_at_its_field(
    stack: Stack,
    centre: httpx.AsyncClient,
    fields: dict[str, Any],
    code: str,
    fault: str,
    pointer: str,
) -> None:
    # As ASCII: half a surrogate pair is no UTF-8.
    body, json_type = json.dumps(a_policy(**fields)), {"Content-Type": "application/json"}
    answer = await centre.put("/v1/policies/chinh-sach-sai", content=body, headers=json_type)
    assert place(answer) == (422, code, fault, pointer)
    assert await acts_of(stack, "chinh-sach-sai") == 0


# Without the platform's id the address is the id, and must go too.
@pytest.mark.parametrize("platform_id", ["1", None])
async def test_a_redacted_title_is_in_no_answer_and_the_post_counts_on(
    stack: Stack, centre: httpx.AsyncClient, province: Province, platform_id: str | None
) -> None:
    url = f"https://www.facebook.com/{province.unit_id}/posts/1"
    await province.send([province.draft(1, title=TITLE, url=url, external_id=platform_id)])
    ratio = await province.counted()
    (post_id,) = province.acknowledged
    search = {"unit_id": province.unit_id, "q": "trinh ba khoả"}
    assert len((await centre.get("/v1/posts", params=search)).json()["items"]) == 1
    path, reason = f"/v1/posts/{post_id}/redaction", {"reason": "Nêu tên một người dân."}
    hidden = await centre.post(path, json=reason, headers=bound_to("so-khac"))
    assert place(hidden)[:2] == (404, "unknown-post")
    assert place(await centre.post(path, json={"reason": ""}))[3] == "#/reason"

    async def nothing_shows(answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        post = answer.json()["post"]
        assert (post["title"], post["url"]) == (None, None)
        assert post["redacted_at"] is not None
        listed = (await centre.get("/v1/posts", params={"unit_id": province.unit_id})).text
        assert "Trịnh" not in listed
        assert url not in listed
        assert (await centre.get("/v1/posts", params=search)).json()["items"] == []
        assert (await province.ratio())["counts"]["total"] == ratio["counts"]["total"]

    for _ in range(2):
        await nothing_shows(await centre.post(path, json=reason))
    assert await acts_of(stack, post_id) == 1
    changed = await province.send(
        [province.draft(1, title=f"{TITLE} (sửa)", url=url, external_id=platform_id)]
    )

    async def changed_stands() -> bool:
        post = (await centre.get(f"/v1/posts/{post_id}")).json()
        return post["revision"] == changed["results"][0]["revision"]

    await until(changed_stands, seconds=30, what="the new revision stands")
    await nothing_shows(await centre.post(path, json=reason))


async def test_a_channel_that_went_quiet_is_told_with_its_last_post(
    centre: httpx.AsyncClient, province: Province
) -> None:
    today = local_day(utc_now())
    titles = [f"{SENTENCES[2]} ({back})" for back in range(12, 40)]
    sent = await province.send(
        province.draft(number, title=title, published_at=at(today - timedelta(days=12 + number)))
        for number, title in enumerate(titles)
    )
    await province.counted()
    (found,) = (
        await centre.get("/v1/channels/silent", params={"unit_id": province.unit_id})
    ).json()["items"]
    assert (found["unit_id"], found["channel_id"]) == (province.unit_id, province.channel_id)
    assert (found["silent_days"], found["usual_gap_days"]) == (12, 1)
    assert found["last_day"] == str(today - timedelta(days=12))
    assert found["last_post"]["post_id"] == sent["results"][0]["post_id"]
    assert found["last_post"]["title"] == titles[0]
    for headers, seen in ((bound_to(province.unit_id), True), (bound_to("so-khac"), False)):
        items = (await centre.get("/v1/channels/silent", headers=headers)).json()["items"]
        assert (items == [found]) == seen
        assert bool(items) == seen
    assert found in (await centre.get("/v1/channels/silent")).json()["items"]
    # One post today, and it speaks again.
    await province.send([province.draft(99, published_at=f"{today}T00:00:00+07:00")])
    await province.counted()
    quiet = await centre.get("/v1/channels/silent", params={"unit_id": province.unit_id})
    assert quiet.json()["items"] == []
