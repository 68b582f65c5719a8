"""Shapes of the figures: counts, shares, limits, how sure they are."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts import Action, Format, NegativeTopic, Platform, RatioStatus, WindowName

GroupedBy = Literal["channel", "platform", "action", "format", "topic"]
Bucket = Literal["day", "week", "month"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class Window(BaseModel):
    """Kỳ, tính theo ngày ở Việt Nam; cả hai ngày đều nằm trong kỳ."""

    name: WindowName | None = Field(
        description="null khi hỏi bằng `from` và `to`", examples=["month"]
    )
    first_day: date = Field(examples=["2026-11-01"])
    last_day: date = Field(examples=["2026-11-30"])


class Counts(BaseModel):
    """Số tin theo nhãn; `total` là tổng."""

    tich_cuc: Count = Field(examples=[58])
    trung_tinh: Count = Field(examples=[29])
    tieu_cuc: Count = Field(examples=[13])
    total: Count = Field(examples=[100])


class Policy(BaseModel):
    """Ngưỡng đang áp dụng, và văn bản quy định."""

    limit: Share = Field(examples=[0.15])
    warn_at: Share = Field(examples=[0.12])
    min_total: Count = Field(examples=[20])
    source: str = Field(examples=["Công văn 830/STTTT-TTBCXB"])
    policy_id: str = Field(description="như ở `GET /v1/policies`", examples=["cong-van-830"])
    valid_from: date | None = Field(
        description="áp dụng từ ngày này; null: ngưỡng có sẵn", examples=[None]
    )


class SilentChannel(BaseModel):
    """Kênh đăng đều rồi ngừng: có thể hệ thống gửi tin của nó đã hỏng."""

    channel_id: str = Field(examples=["so-yte-zalo"])
    platform: Platform = Field(examples=["zalo"])
    last_day: date = Field(description="ngày cuối cùng có tin", examples=["2026-11-09"])
    usual_gap_days: Count = Field(
        description="bình thường cách nhau nhiều nhất bấy nhiêu ngày", examples=[2]
    )


NegativeShare = Annotated[
    Share | None, Field(description="tiêu cực / tổng; null khi chưa có tin nào", examples=[0.13])
]
Interval = Annotated[
    Annotated[list[Share], Field(min_length=2, max_length=2)] | None,
    Field(description="khoảng tin cậy Wilson 95 %", examples=[[0.0776, 0.2098]]),
]
Pending = Annotated[Count, Field(description="đã nhận, chưa phân loại", examples=[0])]
NeedsReview = Annotated[Count, Field(description="độ tin cậy thấp, chưa ai duyệt", examples=[4])]


class Ratio(BaseModel):
    """Tỉ lệ của một đơn vị trong một kỳ, cùng các số làm nên nó."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(examples=["Sở Y tế"])
    window: Window
    counts: Counts
    negative_share: NegativeShare
    negative_share_ci: Interval
    positive_dominant: bool = Field(description="tích cực nhiều hơn từng nhãn kia", examples=[True])
    status: RatioStatus = Field(
        description="`breach` từ `limit` trở lên, `warning` từ `warn_at`, `insufficient` khi ít "
        "hơn `min_total` tin",
        examples=["warning"],
    )
    posts_to_limit: int = Field(
        description="còn được đăng thêm bao nhiêu tin tiêu cực; âm: cần bấy nhiêu tin khác",
        examples=[2],
    )
    pending: Pending
    needs_review: NeedsReview
    policy: Policy
    updated_at: datetime = Field(examples=["2026-11-23T01:31:09.000000Z"])
    over_limit_probability: Share | None = Field(
        description="xác suất tỉ lệ thực sự từ `limit` trở lên, nếu coi số tin này là một mẫu; "
        "null khi chưa có tin nào",
        examples=[0.3324],
    )
    status_is_sure: bool = Field(
        description="`breach` với xác suất trên từ 0,95, hoặc `ok`, `warning` với xác suất đến "
        "0,05; `breach` mà false: có lẽ vượt ngưỡng",
        examples=[False],
    )
    silent_channels: list[SilentChannel] = Field(
        description="kênh im lặng vào ngày cuối kỳ (hoặc hôm nay): con số có thể thiếu tin",
        examples=[[]],
    )


class Group(BaseModel):
    """Các con số của một nhóm; chỉ có trường mà `by` chia theo."""

    channel_id: str | None = Field(default=None, examples=["so-yte-facebook"])
    platform: Platform | None = None
    action: Action | None = None
    format: Format | None = None
    topic: NegativeTopic | None = None
    counts: Counts
    negative_share: NegativeShare
    negative_share_ci: Interval
    pending: Pending
    needs_review: NeedsReview


_GROUP = {
    "channel_id": "so-yte-facebook",
    "counts": {"tich_cuc": 58, "trung_tinh": 29, "tieu_cuc": 13, "total": 100},
    "negative_share": 0.13,
    "negative_share_ci": [0.0776, 0.2098],
    "pending": 0,
    "needs_review": 4,
}


class NearCopies(BaseModel):
    """Các con số khi những tin gần như giống nhau chỉ được đếm một lần."""

    counts: Counts
    negative_share: NegativeShare
    near_copies: Count = Field(description="số tin không được đếm", examples=[6])


class ClosingMark(BaseModel):
    """Kỳ đã chốt; chi tiết ở `GET /v1/closings/{window}/{first_day}`."""

    closing_id: UUID = Field(examples=["6f1c7f52-55e5-4f0e-9a55-0d7d4f9c2a10"])
    closed_at: datetime = Field(examples=["2026-12-01T01:00:05.000000Z"])
    known_at: datetime = Field(
        description="những gì đã biết vào lúc này là số liệu đã báo cáo: `as_of` của lúc này cho "
        "lại đúng số liệu ấy",
        examples=["2026-12-01T01:00:00.000000Z"],
    )
    digest: str = Field(description="SHA-256 của các dòng sổ cái trong kỳ", examples=[DIGEST])


KnownAt = Annotated[
    datetime | None,
    Field(description="chỉ có khi hỏi `as_of`", examples=["2026-12-01T01:00:00.000000Z"]),
]


class RatioByGroup(Ratio):
    """Tỉ lệ; với các tham số `by`, `include`, `as_of` thêm những gì được hỏi."""

    by: GroupedBy | None = Field(
        default=None, description="chỉ có khi hỏi `by`", examples=["channel"]
    )
    groups: list[Group] = Field(
        default=[], description="chỉ có khi hỏi `by`; theo tên nhóm", examples=[[_GROUP]]
    )
    near_copies: NearCopies | None = Field(
        default=None,
        description="chỉ có khi hỏi `include=near-copies`; null: quá 20.000 tin",
    )
    closing: ClosingMark | None = Field(description="null: kỳ chưa chốt", examples=[None])
    as_of: KnownAt = None


class Series(BaseModel):
    """Chuỗi số liệu; mốc không có tin vẫn có mặt."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(examples=["Sở Y tế"])
    bucket: Bucket = Field(examples=["month"])
    items: list[Ratio] = Field(description="mốc đầu và mốc cuối chỉ gồm các ngày đã hỏi")
    as_of: KnownAt = None


class RatioPage(BaseModel):
    """Một trang tỉ lệ của các đơn vị."""

    items: list[Ratio]
    next_cursor: str | None = Field(description="null: hết", examples=[None])
    as_of: KnownAt = None
