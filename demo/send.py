"""Units, posts and corrections, sent through the gateway.

In: the demo's units and posts. Out: what the log has acknowledged. All of it may be repeated:
what stands already is not changed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from demo.gateway import Gateway
from demo.progress import progress
from demo.province import Draft, Post, Unit, corrected, draft_of
from deploy.local.errors import StackError

BATCH_POSTS = 50
NDJSON = {"Content-Type": "application/x-ndjson"}


class PostRefused(StackError):
    """The API takes the batch but not this post of it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post that the log has, and which revision of it."""

    post_id: str
    revision: str


def register(gateway: Gateway, units: Sequence[Unit]) -> None:
    """Write all units and channels as the demo has them, also over what somebody changed."""
    with progress("units registered", len(units)) as told:
        for count, unit in enumerate(units, 1):
            path = f"/v1/units/{unit.unit_id}"
            stored = gateway.call("GET", path, expected=(404,))
            known = stored.headers.get("ETag")
            condition = {"If-Match": known} if known else {"If-None-Match": "*"}
            gateway.call("PUT", path, json=unit.unit, headers=condition)
            for one in unit.channels:
                gateway.call("PUT", f"{path}/channels/{one.channel_id}", json=one.channel)
            told(count)


def send(gateway: Gateway, posts: Sequence[Post], started_at: datetime) -> dict[str, Accepted]:
    """Send all posts, then the corrections; what stands of each, by `external_id`.

    A post whose correction stands from an earlier run is sent as corrected at once: sent in its
    first wording it would be changed there and back. Raises PostRefused.
    """
    corrections = [corrected(post) for post in posts if post.correction]
    drafts = [draft_of(post, started_at) for post in corrections]
    standing = _standing(gateway, drafts)
    first = (corrected(post) if post.external_id in standing else post for post in posts)
    sent = _send_all(gateway, "posts sent", [draft_of(post, started_at) for post in first])
    return sent | _send_all(gateway, "corrections sent", drafts)


def _standing(gateway: Gateway, drafts: Sequence[Draft]) -> set[str]:
    """The `external_id` of those that the log has already, in just this wording."""
    results = _post(gateway, drafts, validate_only="true") if drafts else []
    return {
        draft["external_id"]
        for draft, result in zip(drafts, results, strict=True)
        if result.get("duplicate")
    }


def _send_all(gateway: Gateway, what: str, drafts: Sequence[Draft]) -> dict[str, Accepted]:
    accepted: dict[str, Accepted] = {}
    with progress(what, len(drafts)) as told:
        for start in range(0, len(drafts), BATCH_POSTS):
            batch = drafts[start : start + BATCH_POSTS]
            for draft, result in zip(batch, _post(gateway, batch), strict=True):
                accepted[draft["external_id"]] = _accepted(draft, result)
            told(len(accepted))
    return accepted


def _post(gateway: Gateway, batch: Iterable[Draft], **parameters: str) -> list[dict[str, Any]]:
    """The result of each post, in order."""
    body = "\n".join(json.dumps(draft, ensure_ascii=False) for draft in batch)
    # One key for the batch and its repetitions, and another one for the next run: that is a new
    # call, whose answer is to say what stands now.
    headers = {**NDJSON, "Idempotency-Key": str(uuid4())}
    answer = gateway.call(
        "POST", "/v1/posts/batch", content=body.encode(), headers=headers, params=parameters
    )
    return answer.json()["results"]


def _accepted(draft: Draft, result: dict[str, Any]) -> Accepted:
    if problem := result.get("problem"):
        raise PostRefused(f"post {draft['external_id']} was refused: {problem['detail']}")
    return Accepted(result["post_id"], result["revision"])
