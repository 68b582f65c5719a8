"""Shapes of the registry: units and their channels."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import ID_PATTERN, Platform, UnitKind

Id = Annotated[str, Field(pattern=ID_PATTERN)]


class FormerParentDraft(BaseModel):
    """Một đơn vị cấp trên trước đây."""

    model_config = ConfigDict(extra="forbid")

    parent_id: Id = Field(description="đơn vị đã đăng ký", examples=["huyen-dai-tu"])
    valid_to: date = Field(
        description="ngày cuối cùng còn là cấp trên; đơn vị sau bắt đầu từ hôm sau",
        examples=["2025-06-30"],
    )


class UnitDraft(BaseModel):
    """Một đơn vị trong danh bạ."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=300, examples=["Sở Y tế"])
    kind: UnitKind = Field(examples=["department"])
    org_code: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="mã theo QĐ 20/2020/QĐ-TTg", examples=["H55.12"]
    )
    parent_id: Id | None = Field(
        default=None, description="đơn vị cấp trên hiện nay, đã đăng ký", examples=["thai-nguyen"]
    )
    valid_from: date = Field(description="ngày đầu tiên", examples=["2004-09-01"])
    valid_to: date | None = Field(
        default=None, description="ngày cuối cùng còn được tính; null: chưa kết thúc"
    )
    succeeded_by: Id | None = Field(default=None, description="đơn vị nhận chức năng sau sáp nhập")
    former_parents: list[FormerParentDraft] = Field(
        default=[],
        max_length=50,
        description="các đơn vị cấp trên trước `parent_id`, từ cũ đến mới",
    )


class ChannelDraft(BaseModel):
    """Một kênh chính thức của đơn vị."""

    model_config = ConfigDict(extra="forbid")

    platform: Platform = Field(examples=["facebook"])
    url: str = Field(
        description="địa chỉ đầy đủ, tối đa 2.048 ký tự",
        examples=["https://www.facebook.com/soyte"],
    )
    valid_from: date = Field(description="ngày đầu tiên được tính", examples=["2024-04-16"])
    valid_to: date | None = Field(
        default=None, description="ngày cuối cùng còn được tính; null: chưa kết thúc"
    )


class Channel(BaseModel):
    """Kênh như trong danh bạ."""

    channel_id: str = Field(examples=["so-yte-facebook"])
    platform: Platform = Field(examples=["facebook"])
    url: str = Field(examples=["https://www.facebook.com/soyte"])
    valid_from: date = Field(examples=["2024-04-16"])
    valid_to: date | None = Field(examples=[None])


class ChannelOfUnit(Channel):
    """Kênh vừa ghi, và đơn vị sở hữu nó."""

    unit_id: str = Field(examples=["so-yte"])


class FormerParent(BaseModel):
    """Đơn vị cấp trên trước đây, đến hết ngày `valid_to`."""

    parent_id: str = Field(examples=["huyen-dai-tu"])
    valid_to: date = Field(examples=["2025-06-30"])


class Unit(BaseModel):
    """Đơn vị như trong danh bạ, với mọi kênh từng có."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(examples=["Sở Y tế"])
    kind: UnitKind = Field(examples=["department"])
    org_code: str | None = Field(examples=["H55.12"])
    parent_id: str | None = Field(examples=["thai-nguyen"])
    valid_from: date = Field(examples=["2004-09-01"])
    valid_to: date | None = Field(examples=[None])
    succeeded_by: str | None = Field(examples=[None])
    channels: list[Channel]
    version: int = Field(description="cũng là `ETag`", examples=[1795397467123456])
    updated_at: datetime = Field(examples=["2026-11-23T01:31:07.123456Z"])
    former_parents: list[FormerParent] = Field(
        description="các đơn vị cấp trên trước `parent_id`, từ cũ đến mới", examples=[[]]
    )


class UnitPage(BaseModel):
    """Một trang danh bạ, theo mã đơn vị."""

    items: list[Unit]
    next_cursor: str | None = Field(description="null: hết", examples=[None])
