"""Shapes of channels that went quiet."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.routes.schemas.history import POST_ID
from services.gateway.routes.schemas.ratios import Count
from shared.contracts import Platform


class LastPost(BaseModel):
    """Tin cuối cùng của kênh."""

    post_id: UUID = Field(examples=[POST_ID])
    published_at: datetime = Field(examples=["2026-11-09T01:30:00Z"])
    title: str | None = Field(examples=["Lịch tiêm chủng tháng 11"])
    url: str | None = Field(examples=["https://zalo.me/soyte/123"])


class QuietChannel(BaseModel):
    """Kênh đăng đều rồi ngừng: hỏi đơn vị xem hệ thống gửi tin có hỏng không."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(description="tên đơn vị", examples=["Sở Y tế"])
    channel_id: str = Field(examples=["so-yte-zalo"])
    platform: Platform = Field(examples=["zalo"])
    url: str = Field(examples=["https://zalo.me/soyte"])
    last_day: date = Field(description="ngày cuối cùng có tin", examples=["2026-11-09"])
    usual_gap_days: Count = Field(
        description="bình thường cách nhau nhiều nhất bấy nhiêu ngày", examples=[2]
    )
    silent_days: Count = Field(description="đã im lặng bấy nhiêu ngày", examples=[14])
    last_post: LastPost | None


class QuietChannelList(BaseModel):
    """Các kênh đang im lặng."""

    items: list[QuietChannel]
