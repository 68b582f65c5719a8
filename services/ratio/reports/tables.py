"""The tables of a report: which columns, under which heads, from which values.

In: a report. Out: rows of cells, in numbers and days where they are such, for CSV and XLSX alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from services.ratio.domain.report import Report, ReportPost, TrendPoint, share_of
from services.ratio.reports import words
from shared.contracts import NegativeTopic, Ratio

RowT = TypeVar("RowT")
Cell = str | int | float | date | datetime | None
Form = Literal["text", "count", "share", "day", "instant"]


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """One column; `width` in characters, for the formats that have widths."""

    head: str
    form: Form
    width: int
    value: Callable[[RowT], Cell]


UNITS: tuple[Column[Ratio], ...] = (
    Column("Mã đơn vị", "text", 18, lambda ratio: ratio.unit_id),
    Column("Đơn vị", "text", 38, lambda ratio: words.plain(ratio.name)),
    Column("Tổng số", "count", 10, lambda ratio: ratio.counts.total),
    Column("Tích cực", "count", 10, lambda ratio: ratio.counts.tich_cuc),
    Column("Trung tính", "count", 10, lambda ratio: ratio.counts.trung_tinh),
    Column("Tiêu cực", "count", 10, lambda ratio: ratio.counts.tieu_cuc),
    Column("Tỉ lệ tiêu cực", "share", 10, lambda ratio: ratio.negative_share),
    Column("Ngưỡng", "share", 9, lambda ratio: ratio.policy.limit),
    Column("Tình trạng", "text", 19, words.status),
    Column("Khoảng tin cậy 95 %, từ", "share", 13, lambda ratio: _interval(ratio)[0]),
    Column("Khoảng tin cậy 95 %, đến", "share", 13, lambda ratio: _interval(ratio)[1]),
    Column("Xác suất vượt ngưỡng", "share", 12, lambda ratio: ratio.over_limit_probability),
    Column(
        "Số tin tiêu cực còn được (âm: số tin khác cần thêm)",
        "count",
        19,
        lambda ratio: ratio.posts_to_limit,
    ),
    Column("Tích cực là chủ đạo", "text", 11, lambda r: "Có" if r.positive_dominant else "Không"),
    Column("Chưa phân loại", "count", 10, lambda ratio: ratio.pending),
    Column("Cần duyệt lại", "count", 10, lambda ratio: ratio.needs_review),
    Column("Kênh ngừng đăng", "text", 30, lambda ratio: _silent(ratio)),
)

TREND: tuple[Column[TrendPoint], ...] = (
    Column("Kỳ", "text", 16, words.bucket),
    Column("Từ ngày", "day", 12, lambda point: point.first_day),
    Column("Đến ngày", "day", 12, lambda point: point.last_day),
    Column("Tổng số", "count", 10, lambda point: point.counts.total),
    Column("Tích cực", "count", 10, lambda point: point.counts.tich_cuc),
    Column("Trung tính", "count", 10, lambda point: point.counts.trung_tinh),
    Column("Tiêu cực", "count", 10, lambda point: point.counts.tieu_cuc),
    Column("Tỉ lệ tiêu cực", "share", 10, lambda point: share_of(point.counts)),
)

POSTS: tuple[Column[ReportPost], ...] = (
    Column("Thời điểm đăng", "instant", 17, lambda post: post.published_at),
    Column("Đơn vị", "text", 34, lambda post: words.plain(post.unit_name)),
    Column("Mã kênh", "text", 24, lambda post: post.channel_id),
    Column("Tiêu đề", "text", 70, lambda post: words.plain(post.title or "")),
    Column("Nhãn", "text", 10, lambda post: words.LABELS[post.label]),
    Column("Chủ đề", "text", 34, lambda post: topic(post.topic)),
    Column("Người hoặc mô hình quyết định", "text", 24, lambda post: words.plain(post.decided_by)),
    Column("Đường dẫn", "text", 50, lambda post: words.plain(post.url or "")),
    Column("Mã tin, bài", "text", 38, lambda post: str(post.post_id)),
)

TopicRow = tuple[str, int, float]
TOPICS: tuple[Column[TopicRow], ...] = (
    Column("Chủ đề tiêu cực", "text", 0, lambda row: row[0]),
    Column("Số tin, bài", "count", 0, lambda row: row[1]),
    Column("Tỉ trọng", "share", 0, lambda row: row[2]),
)


def heads(columns: Sequence[Column[RowT]]) -> list[str]:
    """The heads of the columns."""
    return [column.head for column in columns]


def cells(columns: Sequence[Column[RowT]], row: RowT) -> list[Cell]:
    """One row, a cell for each column."""
    return [column.value(row) for column in columns]


def facts(report: Report) -> list[tuple[str, str]]:
    """What every report carries beside its figures: scope, rule, models, moments."""
    policy = report.total.policy
    return [
        ("Phạm vi", words.plain(report.scope.heading)),
        ("Kỳ", words.window(report.window)),
        ("Cơ quan báo cáo", words.plain(report.office.name)),
        ("Quy tắc", words.rule(policy)),
        ("Mã chính sách", policy.policy_id),
        ("Mô hình phân loại", ", ".join(map(words.plain, report.models)) or "Không có"),
        ("Số liệu tính đến", words.instant(report.known_at)),
        ("Chốt số liệu", words.closed(report.closed)),
        ("Lập báo cáo lúc", words.instant(report.made_at)),
    ]


def topic_rows(report: Report) -> list[TopicRow]:
    """Topics by number of posts, the most first; what has no topic yet comes last."""
    known = sorted(report.topics.items(), key=lambda item: (-item[1], item[0]))
    rows = [(words.TOPICS[name], posts) for name, posts in known if posts]
    negative = report.total.counts.tieu_cuc
    without = negative - sum(posts for _, posts in rows)
    if without > 0:
        rows.append((words.NO_TOPIC, without))
    return [(name, posts, posts / negative) for name, posts in rows]


def topic(name: NegativeTopic | None) -> str:
    """The topic of one post in words."""
    return words.NO_TOPIC if name is None else words.TOPICS[name]


def _interval(ratio: Ratio) -> tuple[float | None, float | None]:
    return ratio.negative_share_ci or (None, None)


def _silent(ratio: Ratio) -> str:
    return ", ".join(
        f"{channel.channel_id} (tin cuối {words.day(channel.last_day)})"
        for channel in ratio.silent_channels
    )
