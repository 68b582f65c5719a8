"""Shapes of posts: what is sent, what is answered, what the ledger holds."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.routes.schemas.history import DECISION_ID, POST_ID, REVISION, Decision
from services.gateway.routes.schemas.problem_examples import UNKNOWN_CHANNEL
from services.gateway.routes.schemas.problems import Problem
from services.gateway.routes.schemas.ratios import Ratio
from shared.contracts import ID_PATTERN, Action, Format, Label, NegativeTopic

_ACCEPTED = {
    "post_id": POST_ID,
    "revision": REVISION,
    "received_at": "2026-11-23T01:31:07.123456Z",
    "duplicate": False,
}
_REJECTED = {"problem": UNKNOWN_CHANNEL.document("/2")}

# Two posts as NDJSON.
LINES = (
    '{"channel_id": "so-yte-facebook", "external_id": "1", "title": "Tiêm vắc xin sởi", '
    '"published_at": "2026-11-23T08:30:00+07:00", "action": "publish", "format": "article"}\n'
    '{"channel_id": "so-yte-facebook", "external_id": "2", "title": "Khám sức khỏe miễn phí", '
    '"published_at": "2026-11-23T09:00:00+07:00", "action": "share", "format": "photo"}\n'
)


class PostDraft(BaseModel):
    """Một tin. Cần `external_id` hoặc `url`; cần `title` hoặc `text`."""

    model_config = ConfigDict(extra="forbid")

    channel_id: Annotated[str, Field(pattern=ID_PATTERN)] = Field(
        description="kênh đã đăng ký", examples=["so-yte-facebook"]
    )
    external_id: Annotated[str, Field(max_length=500)] | None = Field(
        default=None,
        description="mã tin trên nền tảng; không đổi khi tin được sửa",
        examples=["1234567890"],
    )
    url: str | None = Field(
        default=None,
        description="địa chỉ đầy đủ, tối đa 2.048 ký tự",
        examples=["https://www.facebook.com/soyte/posts/123"],
    )
    title: str | None = Field(
        default=None,
        description="tối đa 2.000 ký tự",
        examples=["Tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi"],
    )
    text: str | None = Field(
        default=None,
        description="tối đa 100.000 ký tự; thẻ HTML được bỏ đi khi phân loại",
        examples=["Các trạm y tế tiêm từ 7 giờ 30 sáng thứ Bảy."],
    )
    published_at: datetime = Field(
        description="có múi giờ; quyết định tin được tính vào ngày nào",
        examples=["2026-11-23T08:30:00+07:00"],
    )
    action: Action = Field(description="đăng hay chia sẻ; cả hai được đếm", examples=["publish"])
    format: Format = Field(examples=["article"])


class Accepted(BaseModel):
    """Tin đã nằm trong nhật ký; `duplicate`: nhật ký đã có sẵn, không có gì thay đổi."""

    post_id: UUID = Field(examples=[POST_ID])
    revision: str = Field(description="mã băm của nội dung", examples=[REVISION])
    received_at: datetime | None = Field(
        description="null khi chỉ kiểm tra (`validate_only`) một bản chưa từng được nhận",
        examples=["2026-11-23T01:31:07.123456Z"],
    )
    duplicate: bool = Field(examples=[False])


class Rejected(BaseModel):
    """Tin bị từ chối, và vì sao."""

    problem: Problem


class BatchResult(BaseModel):
    """Kết quả của từng tin, đúng thứ tự đã gửi."""

    accepted: int = Field(examples=[1])
    duplicate: int = Field(examples=[1])
    rejected: int = Field(examples=[1])
    results: list[Accepted | Rejected] = Field(
        examples=[[_ACCEPTED, {**_ACCEPTED, "duplicate": True}, _REJECTED]]
    )


class ReviewDraft(BaseModel):
    """Nhãn do người duyệt đặt; đứng trên nhãn của mô hình."""

    model_config = ConfigDict(extra="forbid")

    label: Label = Field(examples=["trung_tinh"])
    topic: NegativeTopic | None = Field(
        default=None, description="chỉ khi nhãn là `tieu_cuc`", examples=[None]
    )
    reason: str = Field(
        min_length=1, max_length=2_000, examples=["Bài cảnh báo, không nêu vụ việc cụ thể."]
    )


class Post(BaseModel):
    """Một tin trong sổ cái, với phán định đang đứng."""

    post_id: UUID = Field(examples=[POST_ID])
    channel_id: str = Field(examples=["so-yte-facebook"])
    unit_id: str | None = Field(description="đơn vị sở hữu kênh vào ngày đăng", examples=["so-yte"])
    external_id: str | None = Field(examples=["1234567890"])
    url: str | None = Field(examples=["https://www.facebook.com/soyte/posts/123"])
    title: str | None = Field(
        examples=["Tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi"],
        description="tin không có tiêu đề thì là đoạn đầu của `text`, tối đa 160 ký tự",
    )
    published_at: datetime | None = Field(examples=["2026-11-23T01:30:00Z"])
    local_day: date | None = Field(description="ngày ở Việt Nam", examples=["2026-11-23"])
    action: Action | None = Field(examples=["publish"])
    format: Format | None = Field(examples=["article"])
    revision: str | None = Field(examples=[REVISION])
    received_at: datetime | None = Field(examples=["2026-11-23T01:31:07.123456Z"])
    label: Label | None = Field(description="null: chưa phân loại", examples=["trung_tinh"])
    topic: NegativeTopic | None = Field(examples=[None])
    confidence: float | None = Field(description="null khi người duyệt đặt nhãn", examples=[0.91])
    needs_review: bool = Field(examples=[False])
    decided_by_kind: Literal["model", "reviewer"] | None = Field(examples=["model"])
    decided_by: str | None = Field(examples=["candoi-e5-small@1"])
    decided_at: datetime | None = Field(examples=["2026-11-23T01:31:08.250000Z"])
    decision_id: UUID | None = Field(
        description="phán định hoặc lượt duyệt đang đứng, như trong `history`",
        examples=[DECISION_ID],
    )
    withdrawn_at: datetime | None = Field(description="null: chưa gỡ", examples=[None])
    redacted_at: datetime | None = Field(
        description="null: chưa ẩn; đã ẩn thì `title` và `url` là null", examples=[None]
    )
    pending: bool = Field(
        description="bản mới nhất còn chờ phân loại; nhãn ở đây là của bản trước",
        examples=[False],
    )


class PostWithHistory(Post):
    """Tin cùng mọi phán định, lượt duyệt, lần gỡ và đưa trở lại, cũ nhất trước."""

    history: list[Annotated[Decision, Field(discriminator="record")]]


class PostPage(BaseModel):
    """Một trang tin."""

    items: list[Post]
    next_cursor: str | None = Field(description="null: hết", examples=[None])


class RedactionDraft(BaseModel):
    """Vì sao phải ẩn tiêu đề và địa chỉ của tin."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=2_000, examples=["Tiêu đề nêu tên và nơi ở của một trẻ em."]
    )


class Redacted(BaseModel):
    """Tin sau khi ẩn tiêu đề và địa chỉ; không con số nào thay đổi."""

    post: PostWithHistory


class Changed(BaseModel):
    """Tin sau quyết định, và tỉ lệ tháng của đơn vị đã tính lại."""

    post: PostWithHistory
    ratio: Ratio | None = Field(
        default=None, description="không có nếu kênh không thuộc đơn vị nào vào ngày đăng"
    )
