"""What `shared.http` answers about a process's health, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.gateway.routes.schemas.answers import SCHEMAS

Node = dict[str, Any]


class Health(BaseModel):
    """Tiến trình có làm việc được không; từng phần một."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str] = Field(description="`ok`, hoặc một câu cho người vận hành")


def _says(description: str, example: Node) -> Node:
    media = {"schema": {"$ref": f"{SCHEMAS}Health"}, "example": example}
    return {"description": description, "content": {"application/json": media}}


def _operation(operation_id: str, summary: str, description: str) -> Node:
    silent = {"database": "PostgreSQL does not answer: TimeoutError"}
    well = {"database": "ok", "consumer": "ok", "ratios": "ok"}
    return {
        "operationId": operation_id,
        "summary": summary,
        "description": description,
        "responses": {
            "200": _says("Được", {"status": "ok", "checks": well}),
            "503": _says("Chưa được", {"status": "unavailable", "checks": silent}),
        },
    }


_SAMPLE = "# TYPE candoi_units_known gauge\ncandoi_units_known 12.0\n"
HEALTH: Mapping[str, Node] = {
    "/livez": _operation("livez", "Tiến trình còn sống không", "Không hỏi những gì nó phụ thuộc."),
    "/readyz": _operation(
        "readyz",
        "Có làm việc được bây giờ không",
        "Cơ sở dữ liệu trả lời, và tỉ lệ đã được đọc vào bộ nhớ.",
    ),
    "/metrics": {
        "operationId": "metrics",
        "summary": "Số đo cho Prometheus",
        "description": "Tên và ý nghĩa: docs/metrics.md.",
        "responses": {
            "200": {
                "description": "Dạng văn bản của Prometheus",
                "content": {"text/plain": {"schema": {"type": "string"}, "example": _SAMPLE}},
            }
        },
    },
}
