"""Records for tests, each with sound values; a test names only what it is about.

In: the fields that matter. Out: frozen records of `shared.contracts`.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.contracts import (
    ID_NAMESPACE,
    Channel,
    Post,
    Probabilities,
    Restoration,
    Review,
    ReviewWithdrawal,
    Unit,
    Verdict,
    Withdrawal,
)

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POST_ID = UUID("11111111-1111-5111-8111-111111111111")


def a_revision(number: int = 0) -> str:
    """A revision as ingest would make it; another one for each number."""
    return f"{number:032x}"


def a_post(**fields: Any) -> Post:
    """A post of channel `so-yte-facebook`, accepted at noon."""
    sound: dict[str, Any] = {
        "post_id": POST_ID,
        "revision": a_revision(),
        "received_at": NOON,
        "channel_id": "so-yte-facebook",
        "external_id": "1",
        "url": "https://www.facebook.com/soytethainguyen.example/posts/1",
        "title": "Tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi tại các trạm y tế",
        "text": "Phụ huynh đưa trẻ đến trạm y tế xã, phường từ 7 giờ 30.",
        "published_at": NOON - HOUR,
        "local_day": date(2026, 11, 20),
        "action": "publish",
        "format": "article",
    }
    return Post(**sound | fields)


def _judged(post: Post) -> dict[str, Any]:
    names = ("post_id", "revision", "received_at", "channel_id", "published_at", "local_day")
    return {name: getattr(post, name) for name in (*names, "action", "format")}


def a_verdict(post: Post | None = None, model: str = "candoi-test@1", **fields: Any) -> Verdict:
    """A model's verdict on `post`, neutral, one minute after it was accepted."""
    post = post or a_post()
    verdict_id = uuid5(ID_NAMESPACE, f"{post.post_id}\n{post.revision}\n{model}")
    sound: dict[str, Any] = {
        **_judged(post),
        "verdict_id": verdict_id,
        "label": "trung_tinh",
        "topic": None,
        "probabilities": Probabilities(0.1, 0.8, 0.1),
        "confidence": 0.8,
        "needs_review": False,
        "decided_by": model,
        "decided_at": post.received_at + MINUTE,
    }
    return Verdict(**sound | fields)


def a_review(post: Post | None = None, **fields: Any) -> Review:
    """A person's decision on `post`, positive, an hour after it was accepted."""
    post = post or a_post()
    sound: dict[str, Any] = {
        **_judged(post),
        "review_id": uuid4(),
        "label": "tich_cuc",
        "topic": None,
        "decided_by": "can-bo-so-yte",
        "decided_at": post.received_at + HOUR,
        "reason": "Bài nói về kết quả tiêm chủng.",
    }
    return Review(**sound | fields)


def a_withdrawal(post: Post | None = None, **fields: Any) -> Withdrawal:
    """The post was taken back two hours after it was accepted."""
    post = post or a_post()
    sound: dict[str, Any] = {
        "withdrawal_id": uuid4(),
        "post_id": post.post_id,
        "channel_id": post.channel_id,
        "withdrawn_by": "can-bo-so-yte",
        "withdrawn_at": post.received_at + 2 * HOUR,
    }
    return Withdrawal(**sound | fields)


def a_restoration(post: Post | None = None, **fields: Any) -> Restoration:
    """The post was published again three hours after it was accepted."""
    post = post or a_post()
    sound: dict[str, Any] = {
        "restoration_id": uuid4(),
        "post_id": post.post_id,
        "channel_id": post.channel_id,
        "restored_by": "can-bo-so-yte",
        "restored_at": post.received_at + 3 * HOUR,
    }
    return Restoration(**sound | fields)


def a_review_withdrawal(review: Review, **fields: Any) -> ReviewWithdrawal:
    """The review was taken back an hour later."""
    sound: dict[str, Any] = {
        "withdrawal_id": uuid4(),
        "review_id": review.review_id,
        "post_id": review.post_id,
        "channel_id": review.channel_id,
        "withdrawn_by": "can-bo-so-yte",
        "withdrawn_at": review.decided_at + HOUR,
        "reason": "Duyệt nhầm tin.",
    }
    return ReviewWithdrawal(**sound | fields)


def a_channel(**fields: Any) -> Channel:
    """A Facebook page in force since 2024-04-16."""
    sound: dict[str, Any] = {
        "channel_id": "so-yte-facebook",
        "platform": "facebook",
        "url": "https://www.facebook.com/soytethainguyen.example",
        "valid_from": date(2024, 4, 16),
        "valid_to": None,
    }
    return Channel(**sound | fields)


def a_unit(**fields: Any) -> Unit:
    """A department with one channel."""
    sound: dict[str, Any] = {
        "unit_id": "so-yte",
        "name": "Sở Y tế",
        "kind": "department",
        "org_code": "H55.12",
        "parent_id": None,
        "valid_from": date(2004, 9, 1),
        "valid_to": None,
        "succeeded_by": None,
        "channels": (a_channel(),),
        "version": 1,
        "updated_at": NOON,
    }
    return Unit(**sound | fields)
