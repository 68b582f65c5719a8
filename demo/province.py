"""The demo's province: its units with their channels, and what they posted.

In: `units.json` and `posts/*.jsonl` beside this file. Out: frozen values, and the drafts that the
API takes. Nobody and nothing in the posts is real.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from shared.contracts import Action, Format
from shared.local_time import LOCAL_ZONE, local_day

UNITS = Path(__file__).with_name("units.json")
POSTS = Path(__file__).with_name("posts")
DAYS_AGO_MAX = 59

Draft = Mapping[str, Any]
"""A body as the API takes it."""


class Channel(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel of a unit; `channel` is the body of its PUT."""

    channel_id: str
    channel: dict[str, Any]


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit and all its channels; `unit` is the body of its PUT. Parents stand first."""

    unit_id: str
    unit: dict[str, Any]
    channels: tuple[Channel, ...]


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """What the editors made of a post afterwards."""

    title: str | None
    text: str | None


class Post(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A post, dated by the days that it lies before the demo's first run.

    `spelling` nfd: sent with letters and accents apart, as some phones write. `withdrawn`: taken
    back after it was sent.
    """

    external_id: str = msgspec.field(name="id")
    channel_id: str
    days_ago: Annotated[int, Meta(ge=0, le=DAYS_AGO_MAX)]
    time: Annotated[str, Meta(pattern=r"^[0-2]\d:[0-5]\d$")]
    action: Action
    format: Format
    url: str | None
    title: str | None
    text: str | None
    spelling: Literal["nfc", "nfd"] = "nfc"
    correction: Correction | None = None
    withdrawn: bool = False


def read_units(file: Path = UNITS) -> list[Unit]:
    """All units, in the order in which they can be registered."""
    return msgspec.json.decode(file.read_bytes(), type=list[Unit])


def read_posts(folder: Path = POSTS) -> list[Post]:
    """All posts, the oldest first."""
    posts = [
        msgspec.json.decode(line, type=Post)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_bytes().splitlines()
    ]
    return sorted(posts, key=lambda post: (-post.days_ago, post.time, post.external_id))


def over_on(units: Iterable[Unit], day: date) -> set[str]:
    """The ids of the units that have ended before that day."""
    return {unit.unit_id for unit in units if (unit.unit["valid_to"] or str(day)) < str(day)}


def published_at(post: Post, started_at: datetime) -> datetime:
    """When it was posted, seen from the demo's first run; nothing is posted after that."""
    day = local_day(started_at) - timedelta(days=post.days_ago)
    return min(datetime.combine(day, time.fromisoformat(post.time), LOCAL_ZONE), started_at)


def draft_of(post: Post, started_at: datetime) -> Draft:
    """The post as POST /v1/posts takes it."""
    form = "NFD" if post.spelling == "nfd" else "NFC"
    return {
        "channel_id": post.channel_id,
        "external_id": post.external_id,
        "url": post.url,
        "title": post.title and unicodedata.normalize(form, post.title),
        "text": post.text and unicodedata.normalize(form, post.text),
        "published_at": published_at(post, started_at).isoformat(),
        "action": post.action,
        "format": post.format,
    }


def corrected(post: Post) -> Post:
    """The post as its correction says; the same post without one."""
    if post.correction is None:
        return post
    title, text = post.correction.title, post.correction.text
    return msgspec.structs.replace(post, title=title, text=text, correction=None)
