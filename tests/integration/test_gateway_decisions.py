"""What people decide, through the gateway: on posts, on limits, on what was reported."""

import re
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any

import anyio.to_thread
import httpx
import pytest

from shared.local_time import utc_now
from tests.contract.document import BY_NAME, check_whole, schema_of
from tests.contract.sources import ROOT
from tests.integration.family import REASON, SEEN, Family, draft, open_family
from tests.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

REVIEW = {"label": "tieu_cuc", "topic": "tai_nan", "reason": REASON}
# More than a closing leaves between itself and what it takes in.
CLOCKS_APART = timedelta(seconds=7)
LIMIT = {
    "limit": 0.5,
    "warn_at": 0.4,
    "min_total": 1,
    "source": "Công văn 12/UBND-VX",
    "valid_from": "2024-01-01",
}


@pytest.fixture(scope="module")
async def family(stack: Stack) -> AsyncGenerator[Family]:
    async with open_family(stack) as here:
        yield here


def fits(name: str, answer: httpx.Response, http_status: int = 200) -> Any:
    """The answer's body, which must be what the call documents."""
    assert answer.status_code == http_status, answer.text
    body = answer.json()
    check_whole(body, schema_of(BY_NAME[name], http_status))
    return body


async def test_of_two_reviewers_who_saw_the_same_the_second_is_told(family: Family) -> None:
    path = f"/v1/posts/{family.posts['own']}"
    seen = {"If-Match": (await family.bound.get(path)).headers["etag"]}
    first = await family.bound.post(f"{path}/review", json=REVIEW, headers=seen)
    assert fits("reviewPost", first)["ratio"]["counts"]["tieu_cuc"] == 1
    second = await family.http.post(f"{path}/review", json=REVIEW, headers=seen)
    assert (second.status_code, second.json()["code"]) == (412, "post-changed")
    now = {"If-Match": first.headers["etag"]}
    assert (await family.http.get(path)).headers["etag"] == first.headers["etag"]
    fits("reviewPost", await family.http.post(f"{path}/review", json=REVIEW, headers=now))
    post = fits("getPost", await family.bound.get(path))
    assert [record["schema"] for record in post["history"][1:]] == ["review.v1"] * 2


async def test_every_decision_can_be_taken_back(family: Family) -> None:
    path = f"/v1/posts/{family.posts['child']}"
    before = fits("getPost", await family.bound.get(path))
    fits("reviewPost", await family.bound.post(f"{path}/review", json=REVIEW))
    taken_back = await family.bound.delete(f"{path}/review", params={"reason": "Duyệt nhầm tin."})
    post = fits("withdrawReview", taken_back)["post"]
    assert (post["label"], post["decided_by_kind"]) == (before["label"], "model")
    again = await family.bound.delete(f"{path}/review")
    assert (again.status_code, again.json()["code"]) == (409, "no-review")
    gone = fits("withdrawPost", await family.bound.delete(path))
    assert gone["ratio"]["counts"]["total"] == 0
    listed = await family.bound.get("/v1/posts", params={"withdrawn": "true"})
    ids = [one["post_id"] for one in fits("listPosts", listed)["items"]]
    assert ids == [family.posts["child"]]
    restored = fits("restorePost", await family.bound.post(f"{path}/restore"))
    assert restored["ratio"]["counts"]["total"] == 1
    assert restored["post"]["history"][-1]["schema"] == "restoration.v1"


async def test_a_redacted_title_is_found_no_more_and_counts_on(family: Family) -> None:
    word = family.ids["grandchild"].replace("-", "")
    sent = draft(family.channel("grandchild"), 7, title=f"Hoà giải ở cơ sở {word}")
    post_id = (await family.bound.post("/v1/posts", json=sent)).json()["post_id"]

    async def found() -> list[str]:
        answer = await family.bound.get("/v1/posts", params={"q": f"hòa {word}"})
        return [one["post_id"] for one in fits("listPosts", answer)["items"]]

    await until(found, seconds=30, what="the post is judged and found")
    assert await found() == [post_id]
    path = f"/v1/units/{family.ids['grandchild']}/ratio?by=format"
    before = (await family.bound.get(path)).json()["counts"]
    redacted = await family.bound.post(f"/v1/posts/{post_id}/redaction", json={"reason": REASON})
    post = fits("redactPost", redacted)["post"]
    assert (post["title"], post["url"]) == (None, None)
    assert await found() == []
    assert (await family.bound.get(path)).json()["counts"] == before


async def test_what_concerns_the_province_is_not_for_a_client_of_some_units(
    family: Family,
) -> None:
    refused = [
        await family.bound.put("/v1/policies/nguong-rieng", json=LIMIT),
        await family.bound.put("/v1/closings/month/2024-06-01"),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert {answer.json()["code"] for answer in refused} == {"whole-province-only"}
    fits("listPolicies", await family.bound.get("/v1/policies"))
    fits("listClosings", await family.bound.get("/v1/closings"))
    fits("listAlerts", await family.bound.get("/v1/alerts"))
    fits("listSilentChannels", await family.bound.get("/v1/channels/silent"))


async def test_every_answer_names_the_limit_that_it_applied(family: Family) -> None:
    own = LIMIT | {"unit_id": family.ids["sibling"]}
    policy_id = f"nguong-{family.ids['sibling']}"
    set_now = fits("putPolicy", await family.http.put(f"/v1/policies/{policy_id}", json=own))
    assert set_now["set_by"] == "test"
    listed = fits("listPolicies", await family.http.get("/v1/policies"))["items"]
    assert set_now in listed

    async def named() -> bool:
        current = await family.http.get(f"/v1/units/{family.ids['sibling']}/ratio")
        return fits("getRatio", current)["policy"]["policy_id"] == policy_id

    await until(named, what="the figures in memory go by the new limit")


async def test_the_guides_digest_proves_what_was_closed(
    stack: Stack, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [
        draft(family.channel("own"), number, published_at=f"2024-07-{number:02}T08:30:00+07:00")
        for number in range(10, 14)
    ]
    sent = (await family.http.post("/v1/posts/batch", json=drafts)).json()["results"]
    ids = [one["post_id"] for one in sent]
    await until(lambda: all_judged(family, ids), seconds=30, what="the posts of July are judged")
    path = "/v1/closings/month/2024-07-01"
    closed = await family.http.put(path)
    closing = fits("closeWindow", closed, 201)
    assert closing["posts"] >= 4
    fits("closeWindow", await family.http.put(path))
    await family.http.delete(f"/v1/posts/{ids[0]}")
    await family.http.post(f"/v1/posts/{ids[1]}/review", json=REVIEW)
    whole = fits("getClosing", await family.bound.get(path))
    assert whole["corrections"] == 2
    assert {one["unit_id"] for one in whole["figures"]} <= family.units(*SEEN)
    first = await family.bound.get(f"{path}/corrections?limit=1")
    second = await family.bound.get(first.links["next"]["url"])
    items = fits("listCorrections", first)["items"] + fits("listCorrections", second)["items"]
    assert sorted(one["post_id"] for one in items) == sorted(ids[:2])
    assert await digest_of_the_guide(stack, family, closing, monkeypatch) == closing["digest"]


async def all_judged(family: Family, post_ids: list[str]) -> bool:
    """Every post is, so long ago that a closing takes it in."""
    for post_id in post_ids:
        answer = await family.http.get(f"/v1/posts/{post_id}")
        decided_at = answer.json().get("decided_at")
        if not decided_at or utc_now() - datetime.fromisoformat(decided_at) < CLOCKS_APART:
            return False
    return True


async def digest_of_the_guide(
    stack: Stack, family: Family, closing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> str:
    """What the Python of docs/integrate.md makes of the closing."""
    key = family.http.headers["authorization"].removeprefix("Bearer ")
    monkeypatch.setenv("CANDOI", stack.url("gateway"))
    monkeypatch.setenv("CANDOI_KEY", key)
    guide = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(compile(code, "integrate.md", "exec"), names)
    return await anyio.to_thread.run_sync(names["digest"], closing)
