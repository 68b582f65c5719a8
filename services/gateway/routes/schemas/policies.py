"""Shapes of policies: the limits, for whom and from when."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.routes.schemas.ratios import Count, Share
from shared.contracts import UnitKind

Limit = Annotated[float, Field(gt=0, lt=1)]


class PolicyDraft(BaseModel):
    """Ngưỡng cho một đơn vị, một loại đơn vị, hoặc tất cả (không có cả hai)."""

    model_config = ConfigDict(extra="forbid")

    unit_id: str | None = Field(default=None, description="chỉ cho đơn vị này", examples=[None])
    kind: UnitKind | None = Field(
        default=None, description="chỉ cho loại đơn vị này", examples=["press"]
    )
    limit: Limit = Field(description="từ tỉ lệ này trở lên là vượt ngưỡng", examples=[0.2])
    warn_at: Limit = Field(
        description="từ tỉ lệ này trở lên là cảnh báo; không lớn hơn `limit`", examples=[0.16]
    )
    min_total: int = Field(ge=0, le=1_000_000, description="ít tin hơn thì chưa xét", examples=[20])
    source: str = Field(
        min_length=1,
        max_length=500,
        description="văn bản quy định",
        examples=["Công văn 12/UBND-VX"],
    )
    valid_from: date = Field(description="ngày đầu tiên", examples=["2027-01-01"])
    valid_to: date | None = Field(
        default=None, description="ngày cuối cùng; null: chưa kết thúc", examples=[None]
    )


class PolicySet(BaseModel):
    """Ngưỡng như đang đứng; `set_by` là tên của khóa API."""

    policy_id: str = Field(examples=["bao-chi-2027"])
    unit_id: str | None = Field(description="chỉ cho đơn vị này", examples=[None])
    kind: UnitKind | None = Field(description="chỉ cho loại đơn vị này", examples=["press"])
    limit: Share = Field(examples=[0.2])
    warn_at: Share = Field(examples=[0.16])
    min_total: Count = Field(examples=[20])
    source: str = Field(examples=["Công văn 12/UBND-VX"])
    valid_from: date | None = Field(
        description="null: ngưỡng có sẵn, từ trước đến nay", examples=["2027-01-01"]
    )
    valid_to: date | None = Field(examples=[None])
    set_by: str | None = Field(description="null: ngưỡng có sẵn", examples=["van-phong"])
    set_at: datetime | None = Field(examples=["2026-12-01T02:00:00.000000Z"])


class PolicyList(BaseModel):
    """Mọi ngưỡng, kể cả ngưỡng có sẵn."""

    items: list[PolicySet]
