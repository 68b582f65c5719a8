"""Shapes of closed windows: frozen figures, and what has changed since."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.routes.schemas.history import POST_ID
from services.gateway.routes.schemas.ratios import ClosingMark, Count, Counts, Window
from shared.contracts import Label, NegativeTopic, RatioStatus

ClosedWindow = Literal["week", "month", "report-month", "quarter", "year"]


class ClosedFigures(BaseModel):
    """Các con số của một đơn vị khi chốt."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(examples=["Sở Y tế"])
    counts: Counts
    needs_review: Count = Field(examples=[4])
    status: RatioStatus = Field(examples=["warning"])


class ClosingHead(ClosingMark):
    """Một kỳ đã chốt."""

    window: Window
    posts: Count = Field(description="số dòng sổ cái mà `digest` tính", examples=[100])
    closed_by: str = Field(description="tên của khóa API", examples=["van-phong"])


class Closing(ClosingHead):
    """Kỳ đã chốt, với các con số đã đóng băng."""

    figures: list[ClosedFigures]
    corrections: Count = Field(description="số tin đã khác từ lúc chốt", examples=[2])


class ClosingList(BaseModel):
    """Các kỳ đã chốt, mới nhất trước."""

    items: list[ClosingHead]


class Standing(BaseModel):
    """Một tin được đếm như thế nào."""

    label: Label = Field(examples=["tieu_cuc"])
    topic: NegativeTopic | None = Field(examples=["tai_nan"])
    local_day: date = Field(examples=["2026-11-23"])


class Correction(BaseModel):
    """Một tin đã khác từ lúc chốt."""

    post_id: UUID = Field(examples=[POST_ID])
    unit_id: str | None = Field(examples=["so-yte"])
    channel_id: str = Field(examples=["so-yte-facebook"])
    before: Standing | None = Field(description="null: lúc chốt chưa được đếm")
    after: Standing | None = Field(description="null: nay không còn được đếm")
    changed_at: datetime = Field(examples=["2026-12-03T02:00:00.000000Z"])


class CorrectionPage(BaseModel):
    """Một trang tin đã khác."""

    items: list[Correction]
    next_cursor: str | None = Field(description="null: hết", examples=[None])
