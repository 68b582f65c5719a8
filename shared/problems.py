"""Refusals: an error that says what the caller can fix, as problem details (RFC 9457).

In: a refusal raised anywhere. Out: the problem document and its status. Each refusal stands
beside its rule; here are only those that any service may raise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

PROBLEM_MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (JSON pointer in the body, or a parameter) and what."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def document(self, pointer_prefix: str = "") -> dict[str, str]:
        """The fault as it stands under `errors`; the prefix leads into a batch's item."""
        place = (
            {"pointer": f"#{pointer_prefix}{self.pointer}"}
            if self.pointer is not None
            else {"parameter": self.parameter or ""}
        )
        return {"code": self.code, "detail": self.detail, **place}


class Refusal(Exception):
    """The request cannot be done, and the caller can do something about it."""

    http_status: ClassVar[int] = 400
    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "Yêu cầu không được chấp nhận"
    pointer: ClassVar[str | None] = None
    parameter: ClassVar[str | None] = None

    def __init__(
        self,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.faults = tuple(faults) or self._own_fault()

    def _own_fault(self) -> tuple[Fault, ...]:
        if self.pointer is None and self.parameter is None:
            return ()
        return (Fault(self.slug, self.detail, self.pointer, self.parameter),)

    def document(
        self, request_id: str, public_base_url: str = "", pointer_prefix: str = ""
    ) -> dict[str, Any]:
        """The problem details. `pointer_prefix` leads to a batch's item, such as `/3`."""
        document: dict[str, Any] = {
            "type": f"{public_base_url}/problems/{self.slug}",
            "code": self.slug,
            "title": self.title,
            "status": self.http_status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.faults:
            document["errors"] = [fault.document(pointer_prefix) for fault in self.faults]
        return document | self.members


class Unreadable(Refusal):
    """The body is no JSON, no UTF-8, or of an unknown media type."""

    http_status, slug, title = 400, "unreadable-body", "Không đọc được nội dung yêu cầu"


class Invalid(Refusal):
    """The body or a parameter was read and breaks a rule."""

    http_status, slug, title = 422, "invalid-input", "Dữ liệu không hợp lệ"


class NotFound(Refusal):
    """No such page or thing."""

    http_status, slug, title = 404, "not-found", "Không tìm thấy"


class MethodNotAllowed(Refusal):
    """The page exists, the method does not."""

    http_status, slug, title = 405, "method-not-allowed", "Phương thức không được hỗ trợ"


class BodyTooLarge(Refusal):
    """The body is larger than the service reads."""

    http_status, slug, title = 413, "body-too-large", "Nội dung yêu cầu quá lớn"


class Unavailable(Refusal):
    """Something that the service needs does not answer; the same request may go through later."""

    http_status, slug, title = 503, "unavailable", "Dịch vụ tạm thời chưa sẵn sàng"

    def __init__(self, detail: str, retry_after_seconds: int = 5, **rest: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)}, **rest)


class Failed(Refusal):
    """A fault of ours. The log has the cause under the same request id."""

    http_status, slug, title = 500, "internal-error", "Lỗi hệ thống"


# What pydantic finds wrong, in the words of the caller; the rest keeps pydantic's English.
_FAULT_DETAILS: Mapping[str, str] = {
    "missing": "Thiếu trường bắt buộc này.",
    "extra_forbidden": "Không có trường nào tên như vậy; hãy bỏ đi hoặc sửa lại tên.",
    "string_type": "Phải là một chuỗi ký tự.",
    "string_too_long": "Quá dài: tối đa {max_length} ký tự.",
    "string_too_short": "Quá ngắn: tối thiểu {min_length} ký tự.",
    "string_unicode": "Có nửa cặp surrogate (\\ud800-\\udfff) không lưu được; hãy bỏ ký tự đó.",
    "string_pattern_mismatch": "Không đúng mẫu {pattern}.",
    "literal_error": "Chỉ nhận một trong các giá trị {expected}.",
    "int_parsing": "Phải là một số nguyên.",
    "int_parsing_size": "Phải là một số nguyên.",
    "int_type": "Phải là một số nguyên.",
    "int_from_float": "Phải là một số nguyên.",
    "bool_parsing": "Chỉ nhận true hoặc false.",
    "bool_type": "Chỉ nhận true hoặc false.",
    "date_type": "Phải là một ngày dạng 2026-11-30.",
    "date_from_datetime_inexact": "Phải là một ngày dạng 2026-11-30.",
    "date_from_datetime_parsing": "Phải là một ngày dạng 2026-11-30.",
    "date_parsing": "Phải là một ngày dạng 2026-11-30.",
    "datetime_type": "Phải là thời điểm có múi giờ, dạng 2026-11-23T08:30:00+07:00.",
    "datetime_parsing": "Phải là thời điểm có múi giờ, dạng 2026-11-23T08:30:00+07:00.",
    "datetime_from_date_parsing": "Phải là thời điểm có múi giờ, dạng 2026-11-23T08:30:00+07:00.",
    "timezone_aware": "Thiếu múi giờ: hãy viết dạng 2026-11-23T08:30:00+07:00.",
    "float_parsing": "Phải là một số.",
    "float_type": "Phải là một số.",
    "less_than": "Phải nhỏ hơn {lt}.",
    "greater_than": "Phải lớn hơn {gt}.",
    "less_than_equal": "Phải nhỏ hơn hoặc bằng {le}.",
    "greater_than_equal": "Phải lớn hơn hoặc bằng {ge}.",
    "too_long": "Quá nhiều phần tử: tối đa {max_length}.",
    "too_short": "Cần ít nhất {min_length} phần tử.",
    "model_attributes_type": "Phải là một đối tượng JSON.",
    "model_type": "Phải là một đối tượng JSON.",
    "dict_type": "Phải là một đối tượng JSON.",
    "list_type": "Phải là một mảng JSON.",
    "uuid_parsing": "Phải là một UUID.",
    "uuid_type": "Phải là một UUID.",
}


def invalid_input(errors: Sequence[Mapping[str, Any]]) -> Refusal:
    """Pydantic's (or FastAPI's) list of errors as one refusal with a fault for each."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Unreadable("Nội dung không phải là JSON hợp lệ (UTF-8).")
    faults = [_fault(error) for error in errors]
    places = ", ".join(fault.pointer or fault.parameter or "/" for fault in faults)
    return Invalid(f"Dữ liệu chưa hợp lệ ở: {places}. {faults[0].detail}", faults=faults)


def _fault(error: Mapping[str, Any]) -> Fault:
    kind, place = str(error["type"]), tuple(error["loc"])
    template = _FAULT_DETAILS.get(kind)
    context: Mapping[str, Any] = error.get("ctx") or {}
    if template:
        # Pydantic joins the values of a literal in English.
        words = {key: str(value).replace(" or ", " hoặc ") for key, value in context.items()}
        detail = template.format_map(words)
    else:
        # A rule of our own says its Vietnamese sentence itself.
        detail = str(error["msg"]).removeprefix("Value error, ")
    if place and place[0] in ("query", "path", "header"):
        return Fault(kind, detail, parameter=str(place[-1]))
    inside = place[1:] if place and place[0] == "body" else place
    return Fault(kind, detail, pointer="".join(f"/{_escaped(part)}" for part in inside))


def _escaped(part: object) -> str:
    """One step of a JSON pointer: a field that nobody knows may have any name (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")
