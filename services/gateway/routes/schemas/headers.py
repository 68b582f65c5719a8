"""Headers of requests and answers, described once.

In: nothing. Out: components of the OpenAPI document, by the names that calls refer to.
"""

from collections.abc import Mapping
from typing import Any

from services.gateway.routes.schemas.history import DECISION_ID, REVISION

Node = dict[str, Any]


def _header(description: str, example: str) -> Node:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: Mapping[str, Node] = {
    "X-Request-Id": _header(
        "mã của yêu cầu: của bên gửi nếu hợp lệ (64 ký tự A-Z a-z 0-9 . _ -), không thì mã mới",
        "6d45003512e243f1ae06d48da5b8ff12",
    ),
    "RateLimit-Policy": _header("hạn mức: `q` yêu cầu trong `w` giây", '"default";q=6000;w=60'),
    "RateLimit": _header(
        "còn gửi ngay được `r` yêu cầu; sau `t` giây thì đầy lại", '"default";r=999;t=1'
    ),
    "Retry-After": _header("số giây nên chờ trước khi gửi lại", "2"),
    "WWW-Authenticate": _header("khóa thiếu gì (RFC 6750)", 'Bearer error="invalid_token"'),
    "Idempotency-Replayed": _header("`true`: câu trả lời cũ của cùng Idempotency-Key", "true"),
    "ETag": _header("phiên bản của câu trả lời", '"1795397467123456"'),
    "Link": _header("địa chỉ của trang sau", '<http://127.0.0.1:8080/v1/ratios?...>; rel="next"'),
    "Cache-Control": _header("giữ được, nhưng lần nào cũng phải hỏi lại", "private, no-cache"),
    "Content-Disposition": _header(
        "tên của tệp", 'attachment; filename="ty-le-tieu-cuc-2026-11-01-2026-11-30.csv"'
    ),
    "Vary": _header("câu trả lời tùy theo khóa", "Authorization, Accept"),
}


def _parameter(name: str, description: str, example: str, length_max: int | None = None) -> Node:
    bound = {"maxLength": length_max} if length_max else {}
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **bound},
        "example": example,
    }


PARAMETERS: Mapping[str, Node] = {
    "IdempotencyKey": _parameter(
        "Idempotency-Key",
        "gửi lại với cùng khóa và cùng nội dung trong 24 giờ chỉ có một tác dụng và một câu trả "
        "lời; 429 và 5xx không được giữ",
        "2026-11-23-cong-thong-tin-0001",
        255,
    ),
    "IfMatch": _parameter(
        "If-Match", "bắt buộc khi sửa đơn vị đã có: `ETag` của lần đọc", '"1795397467123456"'
    ),
    "IfMatchOfPost": _parameter(
        "If-Match",
        "`ETag` của lần đọc tin: phán định đã khác thì 412, không có gì thay đổi",
        f'"{REVISION}.{DECISION_ID}.standing"',
    ),
    "IfNoneMatch": _parameter("If-None-Match", "`*`: chỉ tạo mới", "*"),
    "IfNoneMatchOfRatio": _parameter(
        "If-None-Match", "`ETag` đã biết; không đổi thì 304", '"1795397467123456.month.2026-11-01"'
    ),
}
