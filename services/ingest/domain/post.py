"""What a post is: its identity, its revision, and the rules that it must keep.

In: a draft, who owns its channel and when, the clock. Out: the post, or every rule it breaks.
"""

import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid5

from services.ingest.domain.canonical_url import URL_CHARACTERS_MAX, canonical_url, is_web_address
from services.ingest.domain.drafts import PostDraft
from services.ingest.domain.registry import (
    ChannelNotRegistered,
    InvalidUrl,
    Tenure,
    UnknownChannel,
    owner_on,
)
from shared.contracts import ID_NAMESPACE, Post
from shared.local_time import LOCAL_ZONE, local_day
from shared.problems import Invalid, Refusal

TITLE_CHARACTERS_MAX = 2_000
TEXT_CHARACTERS_MAX = 100_000
# Clocks of portals run wrong by minutes, and some write local time as UTC: hours.
FUTURE_MAX = timedelta(hours=24)
# As far as classify looks into a text; what has no letter up to there can't be judged.
READ_CHARACTERS = 12_000
# What is opened and never closed hides the rest, as in a browser, and as classify reads it.
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>|<!\[?[a-zA-Z][^<>]*>", re.DOTALL)


class PublishedInFuture(Refusal):
    """`published_at` is more than a day ahead of our clock."""

    http_status, slug, pointer = 422, "published-in-future", "/published_at"
    title = "Thời điểm đăng ở tương lai"


class MissingIdentity(Refusal):
    """Neither `external_id` nor `url`: a second sending could not be told from a new post."""

    http_status, slug, pointer = 422, "missing-identity", "/external_id"
    title = "Thiếu mã hoặc địa chỉ của tin"


class MissingText(Refusal):
    """Neither title nor text holds a letter or a digit."""

    http_status, slug, pointer = 422, "missing-text", "/text"
    title = "Tin không có nội dung"


class TextTooLong(Refusal):
    """The text is longer than a record of the log may be."""

    http_status, slug, pointer = 422, "text-too-long", "/text"
    title = "Nội dung quá dài"


class TitleTooLong(TextTooLong):
    """The title is longer than any title."""

    pointer = "/title"


def identify(draft: PostDraft, received_at: datetime) -> Post:
    """The post that the draft means, with its ids. The draft must have passed `refusals`.

    `post_id` depends on the channel and on `external_id`, or the canonical address where there
    is none; `revision` on the content alone.
    """
    external_id = draft.external_id or canonical_url(draft.url or "")
    return Post(
        post_id=uuid5(ID_NAMESPACE, f"{draft.channel_id}\n{external_id}"),
        revision=revision_of(draft),
        received_at=received_at,
        channel_id=draft.channel_id,
        external_id=external_id,
        url=draft.url,
        title=draft.title,
        text=draft.text,
        published_at=draft.published_at.astimezone(UTC),
        local_day=local_day(draft.published_at),
        action=draft.action,
        format=draft.format,
    )


def revision_of(draft: PostDraft) -> str:
    """32 hex digits of SHA-256 over the content. Never change it: all posts would look edited.

    The draft's texts are in NFC, so that both ways of writing "ế" make one revision.
    """
    published_at = draft.published_at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [draft.url, draft.title, draft.text, published_at, draft.action, draft.format]
    encoded = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(encoded).hexdigest()[:32]


def refusals(draft: PostDraft, tenures: Sequence[Tenure], now: datetime) -> list[Refusal]:
    """Every rule that the draft breaks. `tenures`: who owns its channel, as the client may see."""
    return [
        *_channel_refusals(draft, tenures),
        *_time_refusals(draft, now),
        *_identity_refusals(draft),
        *_text_refusals(draft),
    ]


def as_one(broken: Sequence[Refusal]) -> Refusal:
    """One refusal for all: itself if it is alone, else one that lists the faults of each."""
    if len(broken) == 1:
        return broken[0]
    faults = [fault for refusal in broken for fault in refusal.faults]
    return Invalid(" ".join(refusal.detail for refusal in broken), faults=faults)


def _channel_refusals(draft: PostDraft, tenures: Sequence[Tenure]) -> Iterator[Refusal]:
    if not tenures:
        yield UnknownChannel(
            f"Kênh {draft.channel_id} chưa được đăng ký cho đơn vị nào; hãy đăng ký bằng "
            f"PUT /v1/units/{{unit_id}}/channels/{draft.channel_id} rồi gửi lại."
        )
        return
    day = local_day(draft.published_at)
    if owner_on(tenures, day) is None:
        known = "; ".join(tenure.in_words() for tenure in tenures)
        yield ChannelNotRegistered(
            f"Kênh {draft.channel_id} không thuộc đơn vị nào vào ngày {day} (đã đăng ký: {known}); "
            "hãy kiểm tra published_at hoặc sửa ngày hiệu lực của kênh."
        )


def _time_refusals(draft: PostDraft, now: datetime) -> Iterator[Refusal]:
    if draft.published_at > now + FUTURE_MAX:
        yield PublishedInFuture(
            f"published_at ({draft.published_at.isoformat()}) muộn hơn hiện tại "
            f"({now.astimezone(LOCAL_ZONE).isoformat(timespec='seconds')}) quá 24 giờ; "
            "hãy kiểm tra ngày và múi giờ."
        )


def _identity_refusals(draft: PostDraft) -> Iterator[Refusal]:
    if draft.external_id is None and draft.url is None:
        yield MissingIdentity(
            "Cần external_id (mã tin trên nền tảng) hoặc url; thiếu cả hai thì không nhận ra được "
            "khi tin được gửi lại."
        )
    if draft.url is not None and not is_web_address(draft.url):
        yield InvalidUrl(
            "url phải là địa chỉ đầy đủ bắt đầu bằng http:// hoặc https://, có tên miền, "
            f"không có khoảng trắng và tối đa {URL_CHARACTERS_MAX} ký tự."
        )


def _text_refusals(draft: PostDraft) -> Iterator[Refusal]:
    if not any(has_words(part) for part in (draft.title, draft.text)):
        yield MissingText(
            "Cần title hoặc text có chữ hoặc số (sau khi bỏ thẻ HTML và khoảng trắng); "
            "tin chỉ có ảnh hoặc video thì gửi chú thích của nó."
        )
    if draft.title is not None and len(draft.title) > TITLE_CHARACTERS_MAX:
        yield TitleTooLong(
            f"title có {len(draft.title)} ký tự, tối đa {TITLE_CHARACTERS_MAX}; "
            "hãy chuyển phần sau vào text."
        )
    if draft.text is not None and len(draft.text) > TEXT_CHARACTERS_MAX:
        yield TextTooLong(
            f"text có {len(draft.text)} ký tự, tối đa {TEXT_CHARACTERS_MAX}; "
            "hãy gửi phần đầu, phần sau không ảnh hưởng đến phán định."
        )


def has_words(text: str | None) -> bool:
    """True if a letter or a digit is left when mark-up is taken out."""
    source = (text or "")[:READ_CHARACTERS]
    # Twice: portals export `&amp;nbsp;`, and a tag may itself have been escaped.
    for _ in range(2):
        source = html.unescape(_TAG.sub(" ", _SCRIPT.sub(" ", source)))
    return any(character.isalnum() for character in source)
