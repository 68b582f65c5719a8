"""The shape of problems (RFC 9457), and how an example of one is written.

In: nothing. Out: the models, and the value that `problem_examples` makes its examples of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """Một lỗi: chỗ nào, sửa ra sao. Có `pointer` (trong nội dung) hoặc `parameter`."""

    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["Thiếu trường bắt buộc này."])
    pointer: str = Field(
        default="", description="JSON pointer; trong lô bắt đầu bằng vị trí của tin"
    )
    parameter: str = Field(default="", description="tên tham số hoặc tiêu đề")


class Problem(BaseModel):
    """Lỗi theo RFC 9457; chương trình nên rẽ nhánh theo `code`. Lỗi của một lô còn mang
    `accepted`, `duplicate`, `rejected`, `results`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="địa chỉ của trang giải thích")
    code: str = Field(description="không đổi; sau này có thể thêm mã mới")
    title: str
    status: int
    detail: str = Field(description="chuyện gì đã xảy ra và sửa thế nào")
    request_id: str = Field(description="gửi kèm khi cần trung tâm giúp")
    errors: list[Fault] = []


@dataclass(frozen=True, slots=True)
class Example:
    """A problem as the API answers it; `pointer` or `parameter` is the place of its one fault."""

    http_status: int
    slug: str
    title: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def document(self, pointer_prefix: str = "") -> dict[str, Any]:
        """The answer's body; `pointer_prefix` leads to a batch's item, such as `/3`."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "code": self.slug,
            "title": self.title,
            "status": self.http_status,
            "detail": self.detail,
            "request_id": "6d45003512e243f1ae06d48da5b8ff12",
        }
        place = {"parameter": self.parameter}
        if self.pointer is not None:
            place = {"pointer": f"#{pointer_prefix}{self.pointer}"}
        if self.pointer is not None or self.parameter is not None:
            document["errors"] = [{"code": self.slug, "detail": self.detail, **place}]
        return document | dict(self.members)
