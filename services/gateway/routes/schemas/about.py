"""Shapes of what the API says about a key."""

from pydantic import BaseModel, Field


class Quota(BaseModel):
    """Bao nhiêu yêu cầu trong bao nhiêu giây, và bao nhiêu cùng một lúc."""

    requests: int = Field(examples=[6000])
    seconds: int = Field(examples=[60])
    burst: int = Field(examples=[1000])


class Me(BaseModel):
    """Khóa đang dùng được phép làm gì."""

    client: str = Field(examples=["cong-thong-tin"])
    scopes: list[str] = Field(examples=[["posts:write", "ratios:read"]])
    unit_ids: list[str] | None = Field(
        description="các đơn vị này và đơn vị trực thuộc; null: mọi đơn vị", examples=[["so-yte"]]
    )
    quota: Quota
