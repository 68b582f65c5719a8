"""What is frozen when a window is closed: figures, and a digest of every post behind them.

In: posts as they counted at one moment. Out: the SHA-256, in lower-case hex, over one line for
each, sorted by `post_id`:

    post_id|channel_id|local_day|action|format|revision|label|topic|decision_id|decided_by

in UTF-8, each line ended by "\\n", `topic` empty where there is none, ids in lower-case hex with
dashes, days as 2026-11-30. A window without posts has the digest of no bytes.

A post counted at a moment if, by the records that the log had taken by then (the log's own clock,
the moment included), a decision stood on it, it was not withdrawn, and its `local_day` was in the
window. So anybody who can read `candoi.verdicts.v1` can make the digest again.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.ratio.domain.facts import record_key
from services.ratio.domain.ledger import LedgerEntry
from shared.contracts import Action, Format, Label, NegativeTopic, Window
from shared.problems import Refusal


class WindowNotOver(Refusal):
    """Posts may still be published in the window: its figures are no result yet."""

    http_status, slug, title = 409, "window-not-over", "Kỳ chưa kết thúc"


@dataclass(frozen=True, slots=True)
class CountedPost:
    """A post as it counted; the fields, in this order, are those of its line."""

    post_id: UUID
    channel_id: str
    local_day: date
    action: Action
    format: Format
    revision: str
    label: Label
    topic: NegativeTopic | None
    decision_id: UUID
    decided_by: str


def check_over(window: Window, today: date) -> None:
    """Raises WindowNotOver unless the window's last day is past."""
    if window.last_day >= today:
        raise WindowNotOver(
            f"Kỳ này đến hết ngày {window.last_day}, hôm nay là {today}; hãy chốt khi kỳ đã qua."
        )


def counted_at(entry: LedgerEntry, known_at: datetime) -> CountedPost | None:
    """The post as it counted at that moment; None if it did not."""
    known = [one for one in entry.versions if one.known_from <= known_at]
    standing = known[-1] if known else None
    if standing is None or standing.decision is None or standing.withdrawal is not None:
        return None
    decision = standing.decision
    return CountedPost(
        post_id=entry.post_id,
        channel_id=entry.channel_id,
        local_day=decision.local_day,
        action=decision.action,
        format=decision.format,
        revision=decision.revision,
        label=decision.label,
        topic=decision.topic,
        decision_id=record_key(decision)[0],
        decided_by=decision.decided_by,
    )


def line_of(post: CountedPost) -> bytes:
    """What the digest takes of one post."""
    return (
        f"{post.post_id}|{post.channel_id}|{post.local_day}|{post.action}|{post.format}|"
        f"{post.revision}|{post.label}|{post.topic or ''}|{post.decision_id}|{post.decided_by}\n"
    ).encode()


class Digest:
    """Takes a window's posts one by one, sorted by `post_id`, however many they are."""

    def __init__(self) -> None:
        self.posts = 0
        self._last: UUID | None = None
        self._sha = hashlib.sha256()

    def add(self, post: CountedPost) -> None:
        """Take the next post. Raises ValueError if its place was earlier, or it came before."""
        if self._last is not None and post.post_id <= self._last:
            raise ValueError(f"{post.post_id} comes after {self._last}")
        self._last = post.post_id
        self.posts += 1
        self._sha.update(line_of(post))

    def hex(self) -> str:
        """The digest of what was taken."""
        return self._sha.hexdigest()
