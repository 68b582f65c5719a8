"""Current ratios come from the gateway's memory: conditional reads, lists, a gateway that died."""

from collections.abc import AsyncGenerator
from typing import Any

import anyio.to_thread
import httpx
import pytest

from services.ratio.domain.window import STANDING
from shared.local_time import local_day, utc_now
from tests.contract.document import BY_NAME, check_whole, schema_of
from tests.integration.family import REASON, SEEN, Family, draft, open_family
from tests.integration.ledger import connected
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

# What the reviews of the fixture make of `own` and those under it; two have the same share.
SHARES = {"own": 0.0, "child": 1.0, "grandchild": 1.0}


@pytest.fixture(scope="module")
async def family(stack: Stack) -> AsyncGenerator[Family]:
    async with open_family(stack) as here:
        for role, share in SHARES.items():
            await here.review(role, "tieu_cuc" if share else "tich_cuc")
            await until(lambda at=role: share_is(here, at), what=f"the review of {role} is told")
        yield here


async def share_is(family: Family, role: str) -> bool:
    """The gateway's memory holds the review."""
    answer = await current(family, role)
    return answer.json()["negative_share"] == SHARES[role]


async def current(family: Family, role: str, etag: str | None = None) -> httpx.Response:
    """The unit's ratio of this month."""
    headers = {"If-None-Match": etag} if etag else {}
    answer = await family.http.get(f"/v1/units/{family.ids[role]}/ratio", headers=headers)
    assert not answer.is_error, answer.text
    return answer


async def test_memory_and_ledger_give_the_same_figures(family: Family) -> None:
    path, today = f"/v1/units/{family.ids['own']}/ratio", str(local_day(utc_now()))
    for name in STANDING:
        remembered = await family.http.get(path, params={"window": name})
        assert remembered.headers["etag"]
        window = remembered.json()["window"]
        days = {"from": window["first_day"], "to": window["last_day"]}
        asked = await family.http.get(path, params=days)
        assert "etag" not in asked.headers
        differ = {"window", "updated_at"}
        assert without(asked, differ) == without(remembered, differ)
        assert window["first_day"] <= today <= window["last_day"]


def without(answer: httpx.Response, names: set[str]) -> dict[str, Any]:
    """The answer's other fields."""
    return but(answer.json(), names)


async def test_what_is_known_is_not_sent_again_until_a_review_changes_it(family: Family) -> None:
    first = await current(family, "sibling")
    etag, counts = first.headers["etag"], first.json()["counts"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (etag, f'"other", {etag}', "*"):
        answer = await current(family, "sibling", known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert (await current(family, "sibling", '"other"')).status_code == 200
    await family.review("sibling", "trung_tinh" if counts["tieu_cuc"] else "tieu_cuc")

    async def changed() -> httpx.Response | None:
        answer = await current(family, "sibling", etag)
        return answer if answer.status_code == 200 else None

    answer = await until(changed, what="the review is told")
    assert answer.headers["etag"] != etag
    assert answer.json()["counts"] != counts


async def test_two_windows_never_have_the_same_etag(family: Family) -> None:
    path = f"/v1/units/{family.ids['own']}/ratio"
    answers = [await family.http.get(path, params={"window": name}) for name in STANDING]
    assert len({answer.headers["etag"] for answer in answers}) == len(STANDING)
    other = await family.http.get(path, headers={"If-None-Match": answers[-1].headers["etag"]})
    assert other.status_code == 200


async def test_the_list_is_sorted_and_its_links_lead_through_all_of_it(family: Family) -> None:
    found: list[dict[str, Any]] = []
    next_page: str | None = "/v1/ratios?limit=1"
    while next_page is not None:
        page = await family.bound.get(next_page)
        found += page.json()["items"]
        next_page = page.links["next"]["url"] if "next" in page.links else None
        assert (next_page is None) == (page.json()["next_cursor"] is None)
    whole = (await family.bound.get("/v1/ratios")).json()
    assert (found, whole["next_cursor"]) == (whole["items"], None)
    by_id = sorted(SEEN, key=lambda role: (-SHARES[role], family.ids[role]))
    assert [ratio["unit_id"] for ratio in found] == [family.ids[role] for role in by_id]
    upwards = (await family.bound.get("/v1/ratios?sort=negative_share")).json()["items"]
    assert [ratio["negative_share"] for ratio in upwards] == [0.0, 1.0, 1.0]


async def test_the_list_is_filtered_by_parent_kind_and_status(family: Family) -> None:
    async def listed(**filters: str) -> set[str]:
        answer = await family.http.get("/v1/ratios", params={"limit": "200"} | filters)
        return {ratio["unit_id"] for ratio in answer.raise_for_status().json()["items"]}

    under_top = {"parent_id": family.ids["top"]}
    assert await listed(**under_top) == family.units("own", "sibling")
    assert await listed(**under_top, kind="department") == family.units("own", "sibling")
    assert await listed(**under_top, kind="press") == set()
    await family.http.post(
        "/v1/posts/batch", json=[draft(family.channel("own"), number) for number in range(1, 20)]
    )

    async def judged() -> bool:
        return not await listed(**under_top, status="insufficient") & family.units("own")

    await until(judged, seconds=30, what="twenty posts of `own` are judged")
    assert await listed(**under_top, status="insufficient") == family.units("sibling")
    others = [await listed(**under_top, status=name) for name in ("ok", "warning", "breach")]
    assert sorted(map(len, others)) == [0, 0, 1]
    assert set().union(*others) == family.units("own")


async def test_a_gateway_that_died_knows_the_same_as_soon_as_it_is_ready(
    stack: Stack, family: Family
) -> None:
    before = {role: await current(family, role) for role in SEEN}
    await anyio.to_thread.run_sync(stack.kill, "gateway")
    await anyio.to_thread.run_sync(stack.restart, "gateway")
    for role, known in before.items():
        answer = await current(family, role)
        assert answer.headers["etag"] == known.headers["etag"]
        assert answer.json() == known.json()
    assert (await family.bound.get(f"/v1/units/{family.ids['stranger']}")).status_code == 404
    checks = (await family.http.get("/readyz")).json()["checks"]
    assert {"consumer": "ok", "ratios": "ok"}.items() <= checks.items()


async def test_a_review_that_cannot_be_counted_yet_is_202_and_never_lost(
    stack: Stack, family: Family
) -> None:
    body = {"label": "tieu_cuc", "topic": "khac", "reason": REASON}
    path = f"/v1/posts/{family.posts['stranger']}"
    async with connected(stack.dsn) as connection, connection.transaction():
        # Reading goes on; ratio's consumer waits with its next batch.
        await connection.execute("LOCK TABLE ratio.consumed IN EXCLUSIVE MODE")
        answer = await family.http.post(f"{path}/review", json=body)
        assert answer.status_code == 202, answer.text
        assert answer.json()["post"]["decided_by_kind"] == "model"

    async def counted() -> bool:
        return (await family.http.get(path)).json()["decided_by_kind"] == "reviewer"

    await until(counted, what="the review is applied")
    history = (await family.http.get(path)).json()["history"]
    assert [record["schema"] for record in history] == ["verdict.v1", "review.v1"]


async def test_the_province_of_some_days_is_that_of_the_same_days_in_memory(
    family: Family,
) -> None:
    remembered = (await family.bound.get("/v1/ratios?window=month")).json()["items"]
    window = remembered[0]["window"]
    days = {"from": window["first_day"], "to": window["last_day"]}
    found: list[dict[str, Any]] = []
    answer = await family.bound.get("/v1/ratios", params=days | {"limit": 1})
    while True:
        check_whole(answer.json(), schema_of(BY_NAME["listRatios"], 200))
        found += answer.json()["items"]
        if "next" not in answer.links:
            break
        answer = await family.bound.get(answer.links["next"]["url"])
    differ = {"window", "updated_at"}
    assert [but(ratio, differ) for ratio in found] == [but(ratio, differ) for ratio in remembered]


async def test_a_series_adds_up_to_its_whole(family: Family) -> None:
    today = str(local_day(utc_now()))
    for role, answers in (("own", family.bound), ("sibling", family.http)):
        unit = f"/v1/units/{family.ids[role]}/ratio"
        days = {"from": "2026-01-01", "to": today, "include": "children,predecessors"}
        whole = (await answers.get(unit, params=days)).json()
        series = await answers.get(f"{unit}/series", params=days | {"bucket": "month"})
        check_whole(series.json(), schema_of(BY_NAME["getSeries"], 200))
        totals = [point["counts"]["total"] for point in series.json()["items"]]
        assert (len(totals), sum(totals)) == (int(today[5:7]), whole["counts"]["total"])


async def test_a_report_is_a_file_about_what_the_client_sees(family: Family) -> None:
    everything = await family.bound.get("/v1/reports/ratio?format=csv")
    assert (everything.status_code, everything.json()["code"]) == (403, "whole-province-only")
    query = f"unit_id={family.ids['own']}&include=children"
    report = await family.bound.get(f"/v1/reports/ratio?{query}&format=csv")
    assert report.headers["content-disposition"].startswith("attachment; filename=")
    assert report.headers["content-type"] == "text/csv; charset=utf-8"
    assert "content-length" not in report.headers
    assert report.content.startswith(b"\xef\xbb\xbf")
    told = (await family.bound.get(f"/v1/reports/ratio?{query}")).json()
    check_whole(told, schema_of(BY_NAME["getReport"], 200))
    assert {ratio["unit_id"] for ratio in told["units"]} == family.units(*SEEN)


async def test_what_was_known_at_a_moment_is_told_after_a_review_too(family: Family) -> None:
    path, moment = f"/v1/units/{family.ids['grandchild']}/ratio", utc_now().isoformat()
    await family.review("grandchild", "trung_tinh")
    answers = [
        (await family.bound.get(path, params=parameters)).json()
        for parameters in ({"as_of": moment}, {"from": moment[:8] + "01", "to": moment[:10]})
    ]
    for answer in answers:
        check_whole(answer, schema_of(BY_NAME["getRatio"], 200))
    assert [answer["counts"]["tieu_cuc"] for answer in answers] == [1, 0]
    listed = await family.bound.get("/v1/ratios", params={"as_of": moment, "sort": "unit_id"})
    shares = {one["unit_id"]: one["negative_share"] for one in listed.json()["items"]}
    assert shares[family.ids["grandchild"]] == 1.0


def but(ratio: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The ratio's other fields."""
    return {name: value for name, value in ratio.items() if name not in names}
