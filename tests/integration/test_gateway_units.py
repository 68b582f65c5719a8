"""A client that is bound to a unit sees and writes that unit and those under it, and no other."""

from collections.abc import AsyncGenerator, Iterator
from typing import Any

import httpx
import pytest

from tests.integration.family import REASON, SEEN, UNIT, UNSEEN, Family, draft, open_family
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

CHANNEL = {"platform": "zalo", "url": "https://zalo.me/moi", "valid_from": "2024-04-16"}
REVIEW = {"label": "tich_cuc", "reason": REASON}
RATIO_QUERIES = (
    "",
    "?window=year",
    "?window=month&at=2025-01-15",
    "?from=2026-01-01&to=2026-01-31",
    "?by=channel",
    "?include=children",
)


@pytest.fixture(scope="module")
async def family(stack: Stack) -> AsyncGenerator[Family]:
    async with open_family(stack) as here:
        yield here


def reads(family: Family, role: str) -> Iterator[str]:
    """Every path that tells something of one unit."""
    unit = f"/v1/units/{family.ids[role]}"
    yield unit
    yield from (f"{unit}/ratio{query}" for query in RATIO_QUERIES)
    yield f"/v1/posts/{family.posts[role]}"


def writes(family: Family, role: str) -> Iterator[tuple[str, str, Any]]:
    """Every call that changes something of one unit; the withdrawal last."""
    unit, post = f"/v1/units/{family.ids[role]}", f"/v1/posts/{family.posts[role]}"
    yield "PUT", f"{unit}/channels/{family.channel(role)}-moi", CHANNEL
    yield "POST", f"{post}/review", REVIEW
    yield "DELETE", post, None


@pytest.mark.parametrize("role", UNSEEN)
async def test_nothing_of_a_unit_beside_or_above_is_told_or_changed(
    family: Family, role: str
) -> None:
    refused = [await family.bound.get(path) for path in reads(family, role)]
    for method, path, body in writes(family, role):
        refused.append(await family.bound.request(method, path, json=body))
    refused.append(await family.bound.put(f"/v1/units/{family.ids[role]}", json=UNIT))
    assert {answer.status_code for answer in refused} == {404}
    assert {answer.json()["code"] for answer in refused} == {"unknown-unit", "unknown-post"}
    post = (await family.http.get(f"/v1/posts/{family.posts[role]}")).json()
    assert (post["decided_by_kind"], post["withdrawn_at"]) == ("model", None)
    unit = (await family.http.get(f"/v1/units/{family.ids[role]}")).json()
    assert [channel["channel_id"] for channel in unit["channels"]] == [family.channel(role)]


@pytest.mark.parametrize("role", UNSEEN)
async def test_no_post_is_taken_for_a_unit_beside_or_above(family: Family, role: str) -> None:
    foreign, own = draft(family.channel(role), 1), draft(family.channel("own"), 1)
    answer = await family.bound.post("/v1/posts", json=foreign)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-channel")
    checked = await family.bound.post("/v1/posts?validate_only=true", json=foreign)
    assert checked.status_code == 422
    batch = (await family.bound.post("/v1/posts/batch", json=[foreign, own])).json()
    assert batch["rejected"] == 1
    assert batch["results"][0]["problem"]["code"] == "unknown-channel"


async def test_lists_hold_only_the_unit_and_those_under_it(family: Family) -> None:
    units = (await family.bound.get("/v1/units?limit=200")).json()["items"]
    ratios = (await family.bound.get("/v1/ratios?limit=200")).json()["items"]
    posts = (await family.bound.get("/v1/posts?limit=200")).json()["items"]
    for items in (units, ratios, posts):
        assert {item["unit_id"] for item in items} == family.units(*SEEN)


@pytest.mark.parametrize("role", UNSEEN)
async def test_a_filter_shows_no_more_than_the_client_sees(family: Family, role: str) -> None:
    unit_id, channel_id = family.ids[role], family.channel(role)
    seen = family.units(*SEEN)
    for path in (
        f"/v1/posts?unit_id={unit_id}",
        f"/v1/posts?channel_id={channel_id}",
        f"/v1/units?parent_id={unit_id}",
        f"/v1/ratios?parent_id={unit_id}",
    ):
        items = (await family.bound.get(path)).json()["items"]
        assert {item["unit_id"] for item in items} <= seen


async def test_nobody_gets_more_by_sending_the_headers_of_the_gateway(family: Family) -> None:
    forged = {"X-Candoi-Units": family.ids["stranger"], "X-Candoi-Client": "giam-doc"}
    for path in reads(family, "stranger"):
        answer = await family.bound.get(path, headers=forged)
        assert answer.status_code == 404
    path = f"/v1/posts/{family.posts['own']}/review"
    answer = await family.bound.post(path, json=REVIEW, headers=forged)
    assert answer.json()["post"]["decided_by"] == "test"


async def test_a_unit_cannot_be_hung_under_one_that_the_client_does_not_see(
    family: Family,
) -> None:
    path = f"/v1/units/{family.ids['child']}"
    etag = {"If-Match": (await family.bound.get(path)).headers["etag"]}
    moved = UNIT | {"parent_id": family.ids["stranger"]}
    answer = await family.bound.put(path, json=moved, headers=etag)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parent")


@pytest.mark.parametrize("role", UNSEEN)
async def test_a_unit_cannot_be_merged_into_one_that_the_client_does_not_see(
    family: Family, role: str
) -> None:
    path, other = f"/v1/units/{family.ids['child']}", family.ids[role]
    stands = UNIT | {"parent_id": family.ids["own"]}
    answer = await put_again(family.bound, path, stands | {"succeeded_by": other})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-unit")
    assert answer.json()["errors"][0]["pointer"] == "#/succeeded_by"
    assert (await family.http.get(path)).json()["succeeded_by"] is None
    # One that the centre has named stays, whatever else is changed.
    merged = stands | {"succeeded_by": other}
    (await put_again(family.http, path, merged)).raise_for_status()
    assert (await put_again(family.bound, path, stands)).status_code == 404
    renamed = await put_again(family.bound, path, merged | {"name": f"Sáp nhập vào {other}"})
    assert renamed.json()["succeeded_by"] == other
    (await put_again(family.http, path, stands)).raise_for_status()


@pytest.mark.parametrize("role", SEEN)
async def test_everything_of_the_unit_and_those_under_it_is_told_and_may_be_changed(
    family: Family, role: str
) -> None:
    answers = [await family.bound.get(path) for path in reads(family, role)]
    for method, path, body in writes(family, role):
        answers.append(await family.bound.request(method, path, json=body))
    answers.append(await family.bound.post("/v1/posts", json=draft(family.channel(role), 2)))
    path = f"/v1/units/{family.ids[role]}"
    unit = (await family.bound.get(path)).json()
    renamed = UNIT | {"name": "Tên mới", "parent_id": unit["parent_id"]}
    answers.append(await put_again(family.bound, path, renamed))
    assert [answer.status_code for answer in answers if answer.is_error] == []


async def put_again(http: httpx.AsyncClient, path: str, unit: dict[str, Any]) -> httpx.Response:
    """Change a unit in the version that stands."""
    etag = (await http.get(path)).headers["etag"]
    return await http.put(path, json=unit, headers={"If-Match": etag})


async def test_a_new_unit_under_its_own_is_seen_within_seconds(family: Family) -> None:
    path = f"/v1/units/{family.ids['grandchild']}-moi"
    assert (await family.bound.get(path)).status_code == 404
    (await family.http.put(path, json=UNIT | {"parent_id": family.ids["child"]})).raise_for_status()

    async def seen() -> bool:
        return (await family.bound.get(path)).status_code == 200

    await until(seen, what="the new unit is seen")
