"""The shape of a report as JSON, and what is said of its other formats."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.routes.schemas.answers import Responses, gives
from services.gateway.routes.schemas.history import POST_ID
from services.gateway.routes.schemas.ratios import DIGEST, Count, Counts, Ratio, Window
from shared.contracts import Label, NegativeTopic

ReportFormat = Literal["json", "csv", "xlsx", "docx"]
CSV = "text/csv; charset=utf-8"
_OFFICE_OPEN = "application/vnd.openxmlformats-officedocument"
XLSX = f"{_OFFICE_OPEN}.spreadsheetml.sheet"
DOCX = f"{_OFFICE_OPEN}.wordprocessingml.document"


class Office(BaseModel):
    """Nơi gửi báo cáo."""

    name: str = Field(examples=["Sở Khoa học và Công nghệ"])
    parent_name: str | None = Field(examples=["Ủy ban nhân dân tỉnh Thái Nguyên"])
    place: str = Field(examples=["Thái Nguyên"])


class ReportScope(BaseModel):
    """Báo cáo về một đơn vị, một nhánh hay toàn tỉnh (`unit_id` là null)."""

    kind: Literal["unit", "branch", "province"] = Field(examples=["province"])
    heading: str = Field(examples=["Toàn tỉnh"])
    unit_id: str | None = Field(examples=[None])


class TrendPoint(BaseModel):
    """Một mốc của xu hướng."""

    first_day: date = Field(examples=["2026-11-01"])
    last_day: date = Field(examples=["2026-11-01"])
    counts: Counts


class ReportPost(BaseModel):
    """Một tin tiêu cực."""

    post_id: UUID = Field(examples=[POST_ID])
    unit_name: str = Field(examples=["Sở Y tế"])
    channel_id: str = Field(examples=["so-yte-facebook"])
    published_at: datetime = Field(examples=["2026-11-23T01:30:00Z"])
    title: str | None = Field(description="null: đã ẩn", examples=["Tai nạn trên quốc lộ 3"])
    url: str | None = Field(examples=["https://www.facebook.com/soyte/posts/123"])
    label: Label = Field(examples=["tieu_cuc"])
    topic: NegativeTopic | None = Field(examples=["tai_nan"])
    decided_by: str = Field(examples=["candoi-e5-small@1"])


class Closed(BaseModel):
    """Kỳ đã chốt, và số tin đã khác từ đó."""

    closed_at: datetime = Field(examples=["2026-12-01T01:00:05.000000Z"])
    digest: str = Field(examples=[DIGEST])
    corrections: Count = Field(examples=[2])


class Report(BaseModel):
    """Báo cáo của một kỳ."""

    office: Office
    scope: ReportScope
    window: Window
    total: Ratio
    units: list[Ratio] = Field(description="tỉ lệ cao nhất trước; phần của từng đơn vị")
    trend: list[TrendPoint]
    topics: dict[NegativeTopic, Count] = Field(
        description="số tin tiêu cực theo chủ đề", examples=[{"tai_nan": 8, "toi_pham": 5}]
    )
    models: list[str] = Field(
        description="các mô hình đã phân loại", examples=[["candoi-e5-small@1"]]
    )
    known_at: datetime = Field(
        description="những gì đã biết vào lúc này", examples=["2026-12-01T01:30:00.000000Z"]
    )
    made_at: datetime = Field(examples=["2026-12-01T01:30:00.000000Z"])
    closed: Closed | None = Field(description="null: kỳ chưa chốt", examples=[None])
    posts: list[ReportPost] = Field(description="mọi tin tiêu cực, mới nhất trước")


def gives_report() -> Responses:
    """The report in each of its formats."""
    answer = gives(200, Report, "Tệp báo cáo, gửi dần", "Content-Disposition")
    answer[200]["content"] = {
        CSV: _file("UTF-8 có BOM, mở được bằng Excel", "Báo cáo tỉ lệ tin, bài tiêu cực\r\n"),
        XLSX: _file("tổng hợp, đơn vị, xu hướng, tin tiêu cực", "PK..."),
        DOCX: _file("thể thức theo Nghị định 30/2020/NĐ-CP", "PK..."),
    }
    return answer


def _file(description: str, example: str) -> dict[str, Any]:
    return {"schema": {"type": "string", "description": description}, "example": example}
