"""Shapes of alerts, and of the notes that people put to them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.routes.schemas.history import POST_ID
from services.gateway.routes.schemas.ratios import Ratio
from shared.contracts import AlertStatus, Label, NegativeTopic

NOTE = "Đã trao đổi với Sở Y tế, sẽ giảm tin vụ việc."


class AcknowledgementDraft(BaseModel):
    """Người trực nói gì về cảnh báo."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2_000, examples=[NOTE])


class Acknowledgement(BaseModel):
    """Lời ghi nhận mới nhất; `acknowledged_by` là tên của khóa API."""

    acknowledged_by: str = Field(examples=["truc-ban"])
    acknowledged_at: datetime = Field(examples=["2026-11-23T03:00:00.000000Z"])
    note: str = Field(examples=[NOTE])


class PostOfAlert(BaseModel):
    """Một tin tiêu cực có sức nặng, như nó đang đứng hôm nay."""

    post_id: UUID = Field(examples=[POST_ID])
    title: str | None = Field(description="null: đã ẩn", examples=["Tai nạn trên quốc lộ 3"])
    url: str | None = Field(examples=["https://www.facebook.com/soyte/posts/123"])
    published_at: datetime | None = Field(examples=["2026-11-23T01:30:00Z"])
    label: Label | None = Field(examples=["tieu_cuc"])
    topic: NegativeTopic | None = Field(examples=["tai_nan"])


class Alert(BaseModel):
    """Một đơn vị vào hoặc ra khỏi mức cảnh báo hay vượt ngưỡng trong một kỳ."""

    alert_id: UUID = Field(
        description="luôn như vậy, kể cả khi sổ cái được dựng lại",
        examples=["3f0d7a52-5a0c-5b0e-8f0e-0d7b5f1f7c11"],
    )
    previous_alert_id: UUID | None = Field(
        description="cảnh báo ngay trước của đơn vị trong kỳ đó", examples=[None]
    )
    unit_id: str = Field(examples=["so-yte"])
    previous_status: AlertStatus = Field(examples=["ok"])
    status: AlertStatus = Field(
        description="chỉ rời một mức khi tỉ lệ thấp hơn nó 1 điểm phần trăm, nên có thể khác "
        "`ratio.status`",
        examples=["warning"],
    )
    ratio: Ratio = Field(description="các con số lúc cảnh báo")
    posts: list[PostOfAlert] = Field(description="nhiều nhất 10 tin tiêu cực, nặng nhất trước")
    raised_at: datetime = Field(examples=["2026-11-23T01:31:09.000000Z"])
    acknowledgement: Acknowledgement | None = Field(description="null: chưa ai ghi nhận")


class AlertPage(BaseModel):
    """Một trang cảnh báo."""

    items: list[Alert]
    next_cursor: str | None = Field(description="null: hết", examples=[None])
