"""What senders, models and reviewers do: the records about posts.

In: small numbers that say which post, which revision, which label. Out: records in the log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.ratio.domain.versions import Decision
from shared.contracts import Label, LedgerRecord, NegativeTopic, Post, Review
from shared.local_time import local_day
from tests.builders import (
    a_post,
    a_restoration,
    a_review,
    a_review_withdrawal,
    a_revision,
    a_verdict,
    a_withdrawal,
)
from tests.simulation.database import Database
from tests.simulation.log import POSTS, VERDICTS, Clock, Log, partition_of
from tests.simulation.province import CHANNELS, channel_id
from tests.simulation.tables import Row

LABELS: tuple[tuple[Label, NegativeTopic | None], ...] = (
    ("tich_cuc", None),
    ("trung_tinh", None),
    ("tieu_cuc", "tai_nan"),
    ("tieu_cuc", "khac"),
)
REVISIONS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """A post as its unit first wrote it; each revision is made of it."""

    number: int
    channel: int
    published_at: datetime


class People:
    """Everybody who sends posts or decides on them. What does not apply does nothing."""

    def __init__(self, clock: Clock, log: Log, database: Database) -> None:
        self._clock, self._log, self._database = clock, log, database
        self._written: list[Written] = []
        self._accepted: list[Post] = []
        self._unjudged: list[Post] = []
        self._reviews: list[Review] = []
        self._ids = 0

    def publish(self, channel: int, days_ago: int, second: int) -> None:
        """A unit sends a post, dated so many days ago."""
        at = self._clock.now - timedelta(days=days_ago, seconds=second)
        self._written.append(Written(len(self._written), channel % CHANNELS, at))
        self._accept(self._written[-1], 0)

    def revise(self, post: int, revision: int) -> None:
        """A unit sends a post again, changed; or as it was once before."""
        if self._written:
            self._accept(self._written[post % len(self._written)], revision % REVISIONS)

    def _accept(self, written: Written, revision: int) -> None:
        at = written.published_at - timedelta(hours=9 * revision)
        post = a_post(
            post_id=UUID(int=written.number + 1),
            # The hash of the content: it settles day, action and format.
            revision=a_revision(revision),
            received_at=self._clock.now,
            channel_id=channel_id(written.channel),
            published_at=at,
            local_day=local_day(at),
            action=("publish", "share")[(written.number + revision) % 2],
            format=("article", "video")[revision // 2],
        )
        self._log.append(partition_of(POSTS, written.channel), post)
        self._accepted.append(post)
        self._unjudged.append(post)

    def judge(self, number: int) -> None:
        """The model judges a revision that waits."""
        if self._unjudged:
            self._judge(self._unjudged.pop(number % len(self._unjudged)), 1)

    def judge_again(self, number: int, model: int) -> None:
        """A model judges what was judged before: after a crash, or because it is a new one."""
        if self._accepted:
            self._judge(self._accepted[number % len(self._accepted)], model)

    def _judge(self, post: Post, model: int) -> None:
        # A model is deterministic: the same post means the same label.
        chosen = post.post_id.int + 2 * int(post.revision) + model
        label, topic = LABELS[chosen % len(LABELS)]
        verdict = a_verdict(
            post,
            f"candoi-test@{model}",
            label=label,
            topic=topic,
            needs_review=chosen % 3 == 0,
            decided_at=self._clock.now,
        )
        self._decide(verdict)

    def review(self, post: int, label: int, seconds_ahead: int) -> None:
        """A person decides on what stands; her clock may be ahead of the others, or behind."""
        if (standing := self._standing(post)) is None:
            return
        row, decision = standing
        if row.withdrawn_at is None:
            chosen, topic = LABELS[label % len(LABELS)]
            review = a_review(
                review_id=self._new_id(),
                post_id=decision.post_id,
                revision=decision.revision,
                received_at=row.received_at,
                channel_id=decision.channel_id,
                published_at=decision.published_at,
                local_day=decision.local_day,
                action=decision.action,
                format=decision.format,
                label=chosen,
                topic=topic,
                decided_at=self._clock.now + timedelta(seconds=seconds_ahead),
            )
            self._reviews.append(review)
            self._decide(review)

    def withdraw_review(self, number: int) -> None:
        """A review is taken back, the standing one or an older one."""
        if self._reviews:
            review = self._reviews[number % len(self._reviews)]
            self._decide(
                a_review_withdrawal(
                    review, withdrawal_id=self._new_id(), withdrawn_at=self._clock.now
                )
            )

    def withdraw(self, post: int) -> None:
        """A unit takes its post back."""
        if self._accepted:
            one = self._accepted[post % len(self._accepted)]
            self._decide(
                a_withdrawal(one, withdrawal_id=self._new_id(), withdrawn_at=self._clock.now)
            )

    def restore(self, post: int) -> None:
        """A unit publishes again what it took back."""
        if (standing := self._standing(post)) is None:
            return
        row, decision = standing
        if row.withdrawn_at is not None:
            at = max(self._clock.now, row.withdrawn_at + timedelta(microseconds=1))
            one = next(post for post in self._accepted if post.post_id == decision.post_id)
            self._decide(a_restoration(one, restoration_id=self._new_id(), restored_at=at))

    def _standing(self, post: int) -> tuple[Row, Decision] | None:
        """A post of the ledger as a person sees it, if it was ever judged."""
        ledger = self._database.committed.ledger
        judged = [(row, row.decision) for row in ledger.values() if row.decision is not None]
        return judged[post % len(judged)] if judged else None

    def _decide(self, record: LedgerRecord) -> None:
        channel = int(record.channel_id.removeprefix("kenh-"))
        self._log.append(partition_of(VERDICTS, channel), record)

    def _new_id(self) -> UUID:
        self._ids += 1
        return UUID(int=1_000_000 + self._ids)
