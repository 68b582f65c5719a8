"""Shapes of the figures: counts, shares, limits."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts import Action, Platform, RatioStatus, WindowName

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


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


class Group(BaseModel):
    """Các con số của một nhóm; chỉ có trường mà `by` chia theo."""

    channel_id: str | None = Field(default=None, examples=["so-yte-facebook"])
    platform: Platform | None = None
    action: Action | None = None
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


class RatioByGroup(Ratio):
    """Tỉ lệ; với tham số `by` thêm các nhóm."""

    by: Literal["channel", "platform", "action"] | None = Field(
        default=None, description="chỉ có khi hỏi `by`", examples=["channel"]
    )
    groups: list[Group] = Field(
        default=[], description="chỉ có khi hỏi `by`; theo tên nhóm", examples=[[_GROUP]]
    )


class RatioPage(BaseModel):
    """Một trang tỉ lệ của các đơn vị."""

    items: list[Ratio]
    next_cursor: str | None = Field(description="null: hết", examples=[None])
