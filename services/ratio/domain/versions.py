"""Which decision about a post stands, and which ones stood before it.

In: the records of one post, in any order. Out: every state that stood, each with the moment from
which it was known. A function of the records alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.ratio.domain.facts import Known, record_key
from shared.contracts import (
    LedgerRecord,
    Restoration,
    Review,
    ReviewWithdrawal,
    Verdict,
    Withdrawal,
)

Decision = Verdict | Review


class Version(Struct, frozen=True):
    """What stood for a post from `known_from` on, until the next version.

    `received_at` is the newest acceptance of the judged revision.
    """

    decision: Decision | None
    received_at: datetime | None
    withdrawal: Withdrawal | None
    known_from: datetime


def standing_decision(decisions: Sequence[Decision]) -> tuple[Decision, datetime] | None:
    """The decision that stands, and when its revision was last accepted.

    Of the revisions the one with the greatest (received_at, revision); of the decisions on it a
    reviewer's before a model's, then the greatest (decided_at, id).
    """
    if len(decisions) == 1:
        return decisions[0], decisions[0].received_at
    accepted: dict[str, datetime] = {}
    best: dict[str, Decision] = {}
    for decision in decisions:
        revision = decision.revision
        accepted[revision] = max(accepted.get(revision, decision.received_at), decision.received_at)
        if revision not in best or _rank(decision) > _rank(best[revision]):
            best[revision] = decision
    if not best:
        return None
    received_at, revision = max((accepted[revision], revision) for revision in best)
    return best[revision], received_at


def _rank(decision: Decision) -> tuple[bool, datetime, UUID, datetime]:
    record_id, received_at = record_key(decision)
    return isinstance(decision, Review), decision.decided_at, record_id, received_at


def decisions_in(records: Sequence[LedgerRecord]) -> list[Decision]:
    """Verdicts and reviews, but for the reviews that were taken back."""
    taken_back = {one.review_id for one in records if type(one) is ReviewWithdrawal}
    return [
        one
        for one in records
        if type(one) is Verdict or (type(one) is Review and one.review_id not in taken_back)
    ]


def withdrawal_in(records: Sequence[LedgerRecord]) -> Withdrawal | None:
    """The withdrawal that stands: the latest, unless the post was restored after it."""
    moves = [one for one in records if isinstance(one, Withdrawal | Restoration)]
    last = max(moves, key=_when, default=None)
    return last if isinstance(last, Withdrawal) else None


def _when(move: Withdrawal | Restoration) -> tuple[datetime, UUID]:
    move_id, at = record_key(move)
    return at, move_id


def versions(records: Collection[Known]) -> list[Version]:
    """Every state that stood, oldest first. What became known in the same moment is one state."""
    if len(records) == 1:
        return [_only_version(*records)]
    known = sorted(records, key=lambda one: one.known_at)
    found: list[Version] = []
    for number, one in enumerate(known, start=1):
        if number < len(known) and known[number].known_at == one.known_at:
            continue
        version = _version([earlier.record for earlier in known[:number]], one.known_at)
        if not found or _state(found[-1]) != _state(version):
            found.append(version)
    return found


def _only_version(known: Known) -> Version:
    """What `_version` says of a single record. Most posts never have a second one, and the log is
    read twice as fast without looking for what could outrank the first."""
    match known.record:
        case Verdict() | Review() as decision:
            return Version(decision, decision.received_at, None, known.known_at)
        case Withdrawal() as withdrawal:
            return Version(None, None, withdrawal, known.known_at)
        case _:
            return Version(None, None, None, known.known_at)


def _state(version: Version) -> tuple[object, ...]:
    return version.decision, version.received_at, version.withdrawal


def _version(records: Sequence[LedgerRecord], known_from: datetime) -> Version:
    decision, received_at = standing_decision(decisions_in(records)) or (None, None)
    return Version(decision, received_at, withdrawal_in(records), known_from)
