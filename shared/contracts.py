"""The records that pass between the services: one type for each kind of record, and its JSON.

In: bytes of a topic or values of a service. Out: frozen values, or the bytes to send. Every
record names its type and version in `schema`; unknown fields are ignored, so that a later minor
version can be read, while an unknown `schema` is refused.
"""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from msgspec import DecodeError, Meta, Struct, json

RecordT = TypeVar("RecordT")

Label = Literal["tich_cuc", "trung_tinh", "tieu_cuc"]
NegativeTopic = Literal["toi_pham", "tai_nan", "sai_pham", "giat_gan", "sai_su_that", "khac"]
Platform = Literal["portal", "aggregator", "zalo", "facebook", "youtube", "tiktok", "other"]
Action = Literal["publish", "share"]
Format = Literal["article", "photo", "video", "short", "text"]
UnitKind = Literal[
    "province",
    "department",
    "commune",
    "district",
    "press",
    "enterprise",
    "organization",
    "school",
    "hospital",
    "other",
]
RatioStatus = Literal["ok", "warning", "breach", "insufficient"]
AlertStatus = Literal["ok", "warning", "breach"]
WindowName = Literal[
    "day",
    "week",
    "month",
    "report-month",
    "quarter",
    "year",
    "rolling-7d",
    "rolling-30d",
    "rolling-90d",
]

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$"
UnitId = Annotated[str, Meta(pattern=ID_PATTERN, description="chosen by the province")]
PolicyId = Annotated[str, Meta(pattern=ID_PATTERN, description="chosen by the province")]
ChannelId = Annotated[str, Meta(pattern=ID_PATTERN, description="chosen by the province")]
Revision = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="hash of the NFC content")]
Instant = Annotated[datetime, Meta(tz=True, description="with zone, microseconds")]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]

# The namespace of every UUIDv5 that candoi makes. Post ids hang on it: it never changes.
ID_NAMESPACE = UUID("5a0d8ae2-4a0a-5c55-9b6c-9d2f5f1c8a15")


class Unreadable(Exception):
    """The bytes are no record of the expected kind; the message says what is wrong and where."""


class _Record(Struct, frozen=True, kw_only=True, tag_field="schema"):
    """What all records of the topics have in common: `schema` names type and version."""


class Post(_Record, frozen=True, kw_only=True, tag="post.v1"):
    """One revision of a post as ingest accepted it: `candoi.posts.v1`."""

    post_id: UUID
    revision: Revision
    received_at: Instant
    channel_id: ChannelId
    external_id: str
    url: str | None
    title: str | None
    text: str | None
    published_at: Instant
    local_day: date
    action: Action
    format: Format


class Probabilities(Struct, frozen=True):
    """How sure a model is of each label; they sum to 1."""

    tich_cuc: Share
    trung_tinh: Share
    tieu_cuc: Share

    def __post_init__(self) -> None:
        if abs(self.tich_cuc + self.trung_tinh + self.tieu_cuc - 1) > 0.001:
            raise ValueError("probabilities must sum to 1")


class _Decision(_Record, frozen=True, kw_only=True):
    """What a verdict and a review share: the revision they judge, where it counts, the label.

    They carry the post's channel, day, action and format, so that the counts can be made from
    the `verdicts` topic alone.
    """

    post_id: UUID
    revision: Revision
    received_at: Instant
    channel_id: ChannelId
    published_at: Instant
    local_day: date
    action: Action
    format: Format
    label: Label
    topic: NegativeTopic | None
    decided_by: str
    decided_at: Instant

    def __post_init__(self) -> None:
        if self.topic is not None and self.label != "tieu_cuc":
            raise ValueError("only tieu_cuc has a topic")


class Verdict(_Decision, frozen=True, kw_only=True, tag="verdict.v1"):
    """A model's decision on one revision; `decided_by` is the model and its version."""

    verdict_id: UUID
    probabilities: Probabilities
    confidence: Share
    needs_review: bool


class Review(_Decision, frozen=True, kw_only=True, tag="review.v1"):
    """A person's decision on one revision, which outranks any model's."""

    review_id: UUID
    reason: str


class Withdrawal(_Record, frozen=True, kw_only=True, tag="withdrawal.v1"):
    """The unit took the post back: it leaves the counts and stays in the ledger."""

    withdrawal_id: UUID
    post_id: UUID
    channel_id: ChannelId
    withdrawn_by: str
    withdrawn_at: Instant


class Restoration(_Record, frozen=True, kw_only=True, tag="restoration.v1"):
    """The unit published the post again: the latest of withdrawals and restorations holds."""

    restoration_id: UUID
    post_id: UUID
    channel_id: ChannelId
    restored_by: str
    restored_at: Instant


class ReviewWithdrawal(_Record, frozen=True, kw_only=True, tag="review-withdrawal.v1"):
    """A review was taken back: what would stand without it stands again."""

    withdrawal_id: UUID
    review_id: UUID
    post_id: UUID
    channel_id: ChannelId
    withdrawn_by: str
    withdrawn_at: Instant
    reason: str


LedgerRecord = Verdict | Review | Withdrawal | Restoration | ReviewWithdrawal


class Channel(Struct, frozen=True, kw_only=True):
    """A channel of a unit; `valid_from` and `valid_to` are the first and the last day it counts."""

    channel_id: ChannelId
    platform: Platform
    url: str
    valid_from: date
    valid_to: date | None = None


class FormerParent(Struct, frozen=True, kw_only=True):
    """The unit that stood above another until `valid_to`, that day included."""

    parent_id: UnitId
    valid_to: date


class Unit(_Record, frozen=True, kw_only=True, tag="unit.v1"):
    """A unit with all channels it ever had: `candoi.units.v1`; the greatest `version` holds.

    `parent_id` has stood above since the day after the last of `former_parents`, oldest first.
    """

    unit_id: UnitId
    name: str
    kind: UnitKind
    org_code: str | None
    parent_id: UnitId | None
    valid_from: date
    valid_to: date | None
    succeeded_by: UnitId | None
    channels: tuple[Channel, ...]
    version: Count
    updated_at: Instant
    former_parents: tuple[FormerParent, ...] = ()


class Window(Struct, frozen=True):
    """Whole local days, first and last included; `name` is null for a free range."""

    name: WindowName | None
    first_day: date
    last_day: date


class Counts(Struct, frozen=True):
    """Posts of a window by label; `total` is their sum."""

    tich_cuc: Count
    trung_tinh: Count
    tieu_cuc: Count
    total: Count


class AppliedPolicy(Struct, frozen=True):
    """The limits that a status was judged by, and the document they rest on."""

    limit: Share
    warn_at: Share
    min_total: Count
    source: str
    policy_id: str = "cong-van-830"
    valid_from: date | None = None


class SilentChannel(Struct, frozen=True, kw_only=True):
    """A channel that published regularly and went quiet: is its sender down?"""

    channel_id: ChannelId
    platform: Platform
    last_day: date
    usual_gap_days: Count


class Ratio(Struct, frozen=True, kw_only=True):
    """A unit's figures for one window, as the API answers them.

    `posts_to_limit`: how many more negative posts fit before breach; in breach, minus the number
    of other posts that would bring the share below the limit. `over_limit_probability`: that of
    the share behind the counts being at or over the limit; `status_is_sure` if it leaves no
    reasonable doubt on which side of the limit the unit stands.
    """

    unit_id: UnitId
    name: str
    window: Window
    counts: Counts
    negative_share: Share | None
    negative_share_ci: tuple[Share, Share] | None
    positive_dominant: bool
    status: RatioStatus
    posts_to_limit: int
    pending: Count
    needs_review: Count
    policy: AppliedPolicy
    updated_at: Instant
    over_limit_probability: Share | None = None
    status_is_sure: bool = False
    silent_channels: tuple[SilentChannel, ...] = ()


class Snapshot(_Record, frozen=True, kw_only=True, tag="ratio.v1"):
    """A unit's ratios for every standing window: `candoi.ratios.v1`; greatest `version` holds."""

    unit_id: UnitId
    kind: UnitKind
    parent_id: UnitId | None
    version: Count
    ratios: tuple[Ratio, ...]


class Alert(_Record, frozen=True, kw_only=True, tag="alert.v1"):
    """A unit entered or left `warning` or `breach` in a window: `candoi.alerts.v1`.

    `status` is left later than the figure alone would say (hysteresis), so it may differ from
    the ratio's. `posts`: the negative posts that weigh most, ten at most.
    """

    alert_id: UUID
    previous_alert_id: UUID | None
    unit_id: UnitId
    previous_status: AlertStatus
    status: AlertStatus
    ratio: Ratio
    posts: tuple[UUID, ...]
    raised_at: Instant


class Acknowledgement(_Record, frozen=True, kw_only=True, tag="acknowledgement.v1"):
    """A person has taken note of an alert; the latest holds."""

    acknowledgement_id: UUID
    alert_id: UUID
    unit_id: UnitId
    acknowledged_by: str
    acknowledged_at: Instant
    note: str


AlertRecord = Alert | Acknowledgement


class Policy(_Record, frozen=True, kw_only=True, tag="policy.v1"):
    """Limits from `valid_from` on, for one unit, one kind of units, or all; the latest holds.

    A unit's own policy goes before its kind's, and that before the one for all. `act_id` is that
    of this setting, `policy_id` the name under which it may be set anew.
    """

    act_id: UUID
    policy_id: PolicyId
    unit_id: UnitId | None
    kind: UnitKind | None
    limit: Share
    warn_at: Share
    min_total: Count
    source: str
    valid_from: date
    valid_to: date | None
    set_by: str
    set_at: Instant


class ClosedFigures(Struct, frozen=True, kw_only=True):
    """A unit's figures as they stood when the window was closed."""

    unit_id: UnitId
    name: str
    counts: Counts
    needs_review: Count
    status: RatioStatus


class Closing(_Record, frozen=True, kw_only=True, tag="closing.v1"):
    """A window's figures, frozen: what was known at `known_at` is what was reported.

    `digest` is the SHA-256 over the sorted ledger rows of the window; see docs/integrate.md.
    """

    closing_id: UUID
    window: Window
    known_at: Instant
    posts: Count
    digest: str
    figures: tuple[ClosedFigures, ...]
    closed_by: str
    closed_at: Instant


class Redaction(_Record, frozen=True, kw_only=True, tag="redaction.v1"):
    """A post's title and address are shown no more (law on personal data); it counts on."""

    redaction_id: UUID
    post_id: UUID
    redacted_by: str
    redacted_at: Instant
    reason: str


Act = Policy | Closing | Redaction
Record = Post | LedgerRecord | Unit | Snapshot | AlertRecord | Act

_encoder = json.Encoder()


def encode(record: Record | Ratio) -> bytes:
    """The record as compact UTF-8 JSON."""
    return _encoder.encode(record)


class Codec(Generic[RecordT]):
    """Reads the bytes of one topic; made once, since a decoder costs more to build than to use."""

    def __init__(self, record_types: Any) -> None:
        self.record_types = record_types
        self._decoder: json.Decoder[RecordT] = json.Decoder(record_types)

    def decode(self, value: bytes | None) -> RecordT:
        """The record in `value`. Raises Unreadable if it is none, or none of this topic's."""
        if value is None:
            raise Unreadable("the record has no value")
        try:
            return self._decoder.decode(value)
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(str(error)) from error
