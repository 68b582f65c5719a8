"""What a call answers and what its body is, as the routes' decorators declare it.

In: shapes and examples of problems. Out: parts of an OpenAPI operation. What holds for every call
(key, quota, request id) is added by `services.gateway.openapi`.
"""

from typing import Any, Literal

from pydantic import BaseModel

from services.gateway.routes.schemas.problems import Example
from shared.problems import PROBLEM_MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]
HeaderName = Literal["ETag", "Link", "Cache-Control", "Vary", "Content-Disposition"]
ParameterName = Literal[
    "IdempotencyKey", "IfMatch", "IfMatchOfPost", "IfNoneMatch", "IfNoneMatchOfRatio"
]

SCHEMAS = "#/components/schemas/"
_PROBLEMS = {
    400: "Không đọc được yêu cầu",
    401: "Thiếu khóa API hoặc khóa sai",
    403: "Khóa thiếu quyền, hoặc chỉ thấy một số đơn vị",
    404: "Không có, hoặc khóa không được thấy",
    409: "Trái với hiện trạng",
    412: "Đã bị sửa từ lúc đọc",
    413: "Quá lớn",
    422: "Dữ liệu không hợp lệ; xem `errors`",
    428: "Cần `If-Match`",
    429: "Quá hạn mức; gửi lại sau `Retry-After` giây",
    500: "Lỗi của hệ thống; báo trung tâm kèm `request_id`",
    503: "Tạm thời chưa sẵn sàng; gửi lại sau `Retry-After` giây",
}


def gives(
    http_status: int, model: type[BaseModel], description: str, *headers: HeaderName
) -> Responses:
    """A good answer of this shape."""
    return {http_status: {"model": model, "description": description, **_headers(*headers)}}


def gives_nothing(http_status: int, description: str, *headers: HeaderName) -> Responses:
    """A good answer without a body."""
    return {http_status: {"description": description, **_headers(*headers)}}


def refuses(*examples: Example) -> Responses:
    """The problems that a call may meet, by status and code."""
    responses: Responses = {}
    for example in examples:
        media: dict[str, Any] = {"schema": {"$ref": f"{SCHEMAS}Problem"}, "examples": {}}
        response = responses.setdefault(
            example.http_status,
            {
                "description": _PROBLEMS[example.http_status],
                "content": {PROBLEM_MEDIA_TYPE: media},
            },
        )
        shown = response["content"][PROBLEM_MEDIA_TYPE]["examples"]
        shown.setdefault(example.slug, {"summary": example.title, "value": example.document()})
    return responses


def body_of(model: type[BaseModel], *parameters: ParameterName) -> dict[str, Any]:
    """The request body of a call that is passed on unread, and its headers."""
    media = {"schema": {"$ref": SCHEMAS + model.__name__}}
    return {
        "requestBody": {"required": True, "content": {"application/json": media}},
        **asks(*parameters),
    }


def batch_of(model: type[BaseModel], items_max: int, lines: str) -> dict[str, Any]:
    """A request body of many: an array, or NDJSON as in `lines`."""
    array = {
        "type": "array",
        "items": {"$ref": SCHEMAS + model.__name__},
        "minItems": 1,
        "maxItems": items_max,
    }
    content = {
        "application/json": {"schema": array},
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "mỗi dòng một tin"},
            "example": lines,
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def asks(*parameters: ParameterName) -> dict[str, Any]:
    """Headers of a request that the route itself does not read."""
    return {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters]}


def _headers(*names: HeaderName) -> dict[str, Any]:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}
