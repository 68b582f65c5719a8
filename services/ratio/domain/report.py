"""All that a report says, before any format is chosen.

In: figures, trend, topics and posts, gathered at one moment. Out: one frozen value, units in the
order in which a reader wants them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts import Counts, Label, NegativeTopic, Ratio, Window

ScopeKind = Literal["unit", "branch", "province"]


@dataclass(frozen=True, slots=True)
class Office:
    """Who sends the report: the names in its head, and the place before its date.

    `parent_name` is the body right above the office; None for one that has none above it.
    """

    name: str
    parent_name: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is about; `unit_id` is None for the whole province."""

    kind: ScopeKind
    heading: str
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One bucket of the trend, first and last day included."""

    first_day: date
    last_day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class ReportPost:
    """One post behind the figure. Title and URL are None if it has none or they are redacted."""

    post_id: UUID
    unit_name: str
    channel_id: str
    published_at: datetime
    title: str | None
    url: str | None
    label: Label
    topic: NegativeTopic | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The window was closed: its digest, and how many corrections came since."""

    closed_at: datetime
    digest: str
    corrections: int


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `posts` may be long and is read once; `total` holds rule and policy.

    `models`: the models whose verdicts stand behind the figures, sorted. `known_at`: the moment
    whose knowledge the figures are; `made_at`: when the report was put together.
    """

    office: Office
    scope: Scope
    window: Window
    total: Ratio
    units: tuple[Ratio, ...]
    trend: tuple[TrendPoint, ...]
    topics: Mapping[NegativeTopic, int]
    posts: Iterable[ReportPost]
    models: tuple[str, ...]
    known_at: datetime
    made_at: datetime
    closed: Closed | None = None


def worst_first(ratios: Iterable[Ratio]) -> tuple[Ratio, ...]:
    """By share, then by negative posts, the highest first; units without posts come last."""
    return tuple(sorted(ratios, key=_rank))


def _rank(ratio: Ratio) -> tuple[bool, float, int, str, str]:
    share = ratio.negative_share
    return share is None, -(share or 0), -ratio.counts.tieu_cuc, ratio.name, ratio.unit_id


def share_of(counts: Counts) -> float | None:
    """The negative share, in 0..1; None without posts."""
    return counts.tieu_cuc / counts.total if counts.total else None
