"""The shapes of the public API, for its documentation; the services check what is sent.

In: nothing. Out: pydantic models with Vietnamese examples, and the responses of each call.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import (
    Action,
    Format,
    Label,
    NegativeTopic,
    Platform,
    RatioStatus,
    UnitKind,
    WindowName,
)
from shared.problems import PROBLEM_MEDIA_TYPE


class PostDraft(BaseModel):
    """Một tin. Cần `external_id` hoặc `url`; cần `title` hoặc `text`."""

    channel_id: str = Field(examples=["so-yte-facebook"])
    external_id: str | None = Field(default=None, examples=["1234567890"])
    url: str | None = Field(default=None, examples=["https://www.facebook.com/soyte/posts/123"])
    title: str | None = Field(default=None, examples=["Tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi"])
    text: str | None = Field(
        default=None, examples=["Các trạm y tế tiêm từ 7 giờ 30 sáng thứ Bảy."]
    )
    published_at: datetime = Field(examples=["2026-11-23T08:30:00+07:00"])
    action: Action = Field(examples=["publish"])
    format: Format = Field(examples=["article"])


class Accepted(BaseModel):
    """Tin đã nằm trong nhật ký; `duplicate`: đã có sẵn, không có gì thay đổi."""

    post_id: UUID = Field(examples=["0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11"])
    revision: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015"])
    received_at: datetime = Field(examples=["2026-11-23T01:31:07.123456Z"])
    duplicate: bool = Field(examples=[False])


class Fault(BaseModel):
    """Một lỗi: chỗ nào, sửa ra sao."""

    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["Thiếu trường bắt buộc này."])
    pointer: str | None = Field(default=None, examples=["#/0/url"])
    parameter: str | None = Field(default=None, examples=["from"])


class Problem(BaseModel):
    """Lỗi theo RFC 9457; chương trình nên rẽ nhánh theo `code`."""

    type: str = Field(examples=["/problems/invalid-input"])
    code: str = Field(examples=["invalid-input"])
    title: str = Field(examples=["Dữ liệu không hợp lệ"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Dữ liệu chưa hợp lệ ở: /url. Thiếu trường bắt buộc này."])
    request_id: str = Field(examples=["6d45003512e243f1ae06d48da5b8ff12"])
    errors: list[Fault] = []


class Rejected(BaseModel):
    """Tin bị từ chối, và vì sao."""

    problem: Problem


class BatchResult(BaseModel):
    """Kết quả của từng tin, đúng thứ tự đã gửi."""

    accepted: int = Field(examples=[2])
    duplicate: int = Field(examples=[1])
    rejected: int = Field(examples=[1])
    results: list[Accepted | Rejected]


class UnitDraft(BaseModel):
    """Một đơn vị trong danh bạ; `valid_to` là ngày cuối cùng."""

    name: str = Field(examples=["Sở Y tế"])
    kind: UnitKind = Field(examples=["department"])
    org_code: str | None = Field(default=None, examples=["H55.12"])
    parent_id: str | None = Field(default=None, examples=["thai-nguyen"])
    valid_from: date = Field(examples=["2004-09-01"])
    valid_to: date | None = None
    succeeded_by: str | None = None


class ChannelDraft(BaseModel):
    """Một kênh chính thức của đơn vị."""

    platform: Platform = Field(examples=["facebook"])
    url: str = Field(examples=["https://www.facebook.com/soyte"])
    valid_from: date = Field(examples=["2024-04-16"])
    valid_to: date | None = None


class Channel(ChannelDraft):
    """Kênh như trong danh bạ."""

    channel_id: str = Field(examples=["so-yte-facebook"])


class Unit(UnitDraft):
    """Đơn vị như trong danh bạ, với mọi kênh từng có."""

    unit_id: str = Field(examples=["so-yte"])
    channels: list[Channel]
    version: int = Field(examples=[1795535702760119])
    updated_at: datetime = Field(examples=["2026-11-23T01:31:07.123456Z"])


class UnitPage(BaseModel):
    """Một trang danh bạ."""

    items: list[Unit]
    next_cursor: str | None = Field(examples=[None])


class ReviewDraft(BaseModel):
    """Nhãn do người duyệt đặt; đứng trên nhãn của mô hình."""

    label: Label = Field(examples=["trung_tinh"])
    topic: NegativeTopic | None = Field(default=None, examples=[None])
    reason: str = Field(examples=["Bài cảnh báo, không nêu vụ việc cụ thể."])


class Window(BaseModel):
    """Kỳ, tính theo ngày ở Việt Nam; cả hai ngày đều nằm trong kỳ."""

    name: WindowName | None = Field(examples=["month"])
    first_day: date = Field(examples=["2026-11-01"])
    last_day: date = Field(examples=["2026-11-30"])


class Counts(BaseModel):
    """Số tin theo nhãn."""

    tich_cuc: int = Field(examples=[58])
    trung_tinh: int = Field(examples=[29])
    tieu_cuc: int = Field(examples=[13])
    total: int = Field(examples=[100])


class Policy(BaseModel):
    """Ngưỡng đang áp dụng."""

    limit: float = Field(examples=[0.15])
    warn_at: float = Field(examples=[0.12])
    min_total: int = Field(examples=[20])
    source: str = Field(examples=["Công văn 830/STTTT-TTBCXB"])


class Ratio(BaseModel):
    """Tỉ lệ của một đơn vị trong một kỳ, cùng các số làm nên nó."""

    unit_id: str = Field(examples=["so-yte"])
    name: str = Field(examples=["Sở Y tế"])
    window: Window
    counts: Counts
    negative_share: float | None = Field(examples=[0.13])
    negative_share_ci: tuple[float, float] | None = Field(examples=[[0.0776, 0.2098]])
    positive_dominant: bool = Field(examples=[True])
    status: RatioStatus = Field(examples=["warning"])
    posts_to_limit: int = Field(
        examples=[2],
        description="còn được đăng thêm bao nhiêu tin tiêu cực; âm: cần bấy nhiêu tin khác",
    )
    pending: int = Field(examples=[0])
    needs_review: int = Field(examples=[4])
    policy: Policy
    updated_at: datetime = Field(examples=["2026-11-23T01:31:09.000000Z"])


class RatioPage(BaseModel):
    """Một trang tỉ lệ của các đơn vị."""

    items: list[Ratio]
    next_cursor: str | None = Field(examples=[None])


class Post(BaseModel):
    """Một tin trong sổ cái, với phán định đang đứng."""

    model_config = ConfigDict(extra="allow")

    post_id: UUID
    channel_id: str = Field(examples=["so-yte-facebook"])
    unit_id: str | None = Field(examples=["so-yte"])
    title: str | None = Field(examples=["Tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi"])
    url: str | None = Field(examples=["https://www.facebook.com/soyte/posts/123"])
    published_at: datetime | None = Field(examples=["2026-11-23T01:30:00Z"])
    local_day: date | None = Field(examples=["2026-11-23"])
    action: Action | None = Field(examples=["publish"])
    format: Format | None = Field(examples=["article"])
    revision: str | None = Field(examples=["9f86d081884c7d659a2feaa0c55ad015"])
    label: Label | None = Field(examples=["tich_cuc"])
    topic: NegativeTopic | None = Field(examples=[None])
    confidence: float | None = Field(examples=[0.91])
    needs_review: bool = Field(examples=[False])
    decided_by_kind: str | None = Field(examples=["model"])
    decided_by: str | None = Field(examples=["candoi-e5-small@1"])
    decided_at: datetime | None = Field(examples=["2026-11-23T01:31:08Z"])
    withdrawn_at: datetime | None = Field(examples=[None])
    pending: bool = Field(examples=[False])


class PostWithHistory(Post):
    """Tin cùng mọi phán định, lần duyệt và lần gỡ."""

    history: list[dict[str, Any]]


class PostPage(BaseModel):
    """Một trang tin."""

    items: list[Post]
    next_cursor: str | None = Field(examples=[None])


class Changed(BaseModel):
    """Tin sau khi duyệt hoặc gỡ, và tỉ lệ tháng đã tính lại."""

    post: PostWithHistory
    ratio: Ratio | None = None


class ClassifyItem(BaseModel):
    """Một văn bản; cần `title` hoặc `text`."""

    title: str | None = Field(default=None, examples=["Bắt nhóm trộm cắp xe máy"])
    text: str | None = Field(default=None, examples=["Công an phường vừa bắt giữ ba đối tượng."])


class ClassifyDraft(BaseModel):
    """Từ 1 đến 256 văn bản."""

    items: list[ClassifyItem]


class Word(BaseModel):
    """Từ có sức nặng; vị trí tính bằng ký tự NFC trong `field`."""

    field: str = Field(examples=["title"])
    start: int = Field(examples=[0])
    end: int = Field(examples=[3])
    weight: float = Field(examples=[0.31])


class ClassifyAnswer(BaseModel):
    """Phán định cho một văn bản."""

    label: Label = Field(examples=["tieu_cuc"])
    probabilities: dict[Label, float] = Field(
        examples=[{"tich_cuc": 0.02, "trung_tinh": 0.08, "tieu_cuc": 0.9}]
    )
    confidence: float = Field(examples=[0.9])
    needs_review: bool = Field(examples=[False])
    topic: NegativeTopic | None = Field(examples=["toi_pham"])
    words: list[Word]


class ClassifyAnswers(BaseModel):
    """Kết quả theo đúng thứ tự đã gửi."""

    model: str = Field(examples=["candoi-e5-small@1"])
    items: list[ClassifyAnswer]


class QuotaShape(BaseModel):
    """Bao nhiêu yêu cầu trong bao nhiêu giây."""

    requests: int = Field(examples=[6000])
    seconds: int = Field(examples=[60])
    burst: int = Field(examples=[1000])


class Me(BaseModel):
    """Khóa đang dùng được phép làm gì."""

    client: str = Field(examples=["demo"])
    scopes: list[str] = Field(examples=[["posts:write", "ratios:read"]])
    unit_ids: list[str] | None = Field(examples=[None], description="null: mọi đơn vị")
    quota: QuotaShape


_PROBLEMS = {
    400: "Không đọc được yêu cầu",
    401: "Thiếu khóa API hoặc khóa sai",
    403: "Khóa thiếu quyền",
    404: "Không có, hoặc khóa không được thấy",
    409: "Trái với hiện trạng",
    412: "Đã bị sửa từ lúc đọc",
    413: "Quá lớn",
    422: "Dữ liệu không hợp lệ; xem `errors`",
    428: "Cần If-Match",
    429: "Quá hạn mức; xem `Retry-After`",
    503: "Tạm thời chưa sẵn sàng; gửi lại sau `Retry-After` giây",
}
_ALWAYS = (401, 403, 422, 429, 503)


def answers(
    http_status: int, model: type[BaseModel], description: str, *problems: int
) -> dict[int | str, dict[str, Any]]:
    """The responses of a call: what it gives, and the problems it may meet besides the usual."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refused: dict[int | str, dict[str, Any]] = {
        status: {"description": _PROBLEMS[status], "content": content}
        for status in sorted({*_ALWAYS, *problems})
    }
    # Named once as a model, so that the schema is among the components.
    refused[401] |= {"model": Problem}
    return {http_status: {"model": model, "description": description}, **refused}


def body_of(model: type[BaseModel], *, batch: bool = False) -> dict[str, Any]:
    """The request body of a call that is passed on unread."""
    schema = model.model_json_schema()
    if batch:
        schema = {"type": "array", "items": schema, "maxItems": 1_000}
    content = {"application/json": {"schema": schema, "example": _example(schema)}}
    if batch:
        content["application/x-ndjson"] = {"schema": {"type": "string"}, "example": ""}
    return {"requestBody": {"required": True, "content": content}}


def _example(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> Any:
    known = schema.get("$defs", definitions or {})
    if "$ref" in schema:
        return _example(known[schema["$ref"].rpartition("/")[2]], known)
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [_example(schema["items"], known)]
    if "properties" in schema:
        return {name: _example(one, known) for name, one in schema["properties"].items()}
    return schema.get("default")
