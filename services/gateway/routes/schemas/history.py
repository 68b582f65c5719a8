"""Shapes of what was decided on a post, as its history tells it.

In: nothing. Out: the models of all records of the log that concern one post.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.routes.schemas.classify import Probabilities
from shared.contracts import Action, Format, Label, NegativeTopic

POST_ID = "0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11"
REVISION = "9f86d081884c7d659a2feaa0c55ad015"
DECISION_ID = "5f0e3f0c-7a52-5c1e-8f0b-3f1f0a4b6c21"
REVIEW_ID = "7d0a3c0e-91c4-4b1a-9d7e-0a6f2f3b5e11"


class _Judgement(BaseModel):
    """Phần chung của một phán định và một lượt duyệt."""

    post_id: UUID = Field(examples=[POST_ID])
    revision: str = Field(examples=[REVISION])
    received_at: datetime = Field(examples=["2026-11-23T01:31:07.123456Z"])
    channel_id: str = Field(examples=["so-yte-facebook"])
    published_at: datetime = Field(examples=["2026-11-23T01:30:00Z"])
    local_day: date = Field(examples=["2026-11-23"])
    action: Action = Field(examples=["publish"])
    format: Format = Field(examples=["article"])
    label: Label = Field(examples=["trung_tinh"])
    topic: NegativeTopic | None = Field(examples=[None])
    decided_by: str = Field(examples=["candoi-e5-small@1"])
    decided_at: datetime = Field(examples=["2026-11-23T01:31:08.250000Z"])


class Verdict(_Judgement):
    """Phán định của mô hình trên một bản của tin."""

    record: Literal["verdict.v1"] = Field(alias="schema", examples=["verdict.v1"])
    verdict_id: UUID = Field(examples=[DECISION_ID])
    probabilities: Probabilities
    confidence: float = Field(examples=[0.91])
    needs_review: bool = Field(examples=[False])


class Review(_Judgement):
    """Nhãn do người duyệt đặt; `decided_by` là tên của khóa API."""

    record: Literal["review.v1"] = Field(alias="schema", examples=["review.v1"])
    review_id: UUID = Field(examples=[REVIEW_ID])
    reason: str = Field(examples=["Bài cảnh báo, không nêu vụ việc cụ thể."])


class Withdrawal(BaseModel):
    """Lần gỡ; `withdrawn_by` là tên của khóa API."""

    record: Literal["withdrawal.v1"] = Field(alias="schema", examples=["withdrawal.v1"])
    withdrawal_id: UUID = Field(examples=["c1b7a7de-6a0e-4a44-8f3c-51f0a0a1d2e3"])
    post_id: UUID = Field(examples=[POST_ID])
    channel_id: str = Field(examples=["so-yte-facebook"])
    withdrawn_by: str = Field(examples=["cong-thong-tin"])
    withdrawn_at: datetime = Field(examples=["2026-11-23T03:00:00.000000Z"])


class Restoration(BaseModel):
    """Lần đưa tin đã gỡ trở lại; `restored_by` là tên của khóa API."""

    record: Literal["restoration.v1"] = Field(alias="schema", examples=["restoration.v1"])
    restoration_id: UUID = Field(examples=["e02ff6d9-33dd-4e0e-8d7c-6a0e64a2b7f4"])
    post_id: UUID = Field(examples=[POST_ID])
    channel_id: str = Field(examples=["so-yte-facebook"])
    restored_by: str = Field(examples=["cong-thong-tin"])
    restored_at: datetime = Field(examples=["2026-11-23T04:00:00.000000Z"])


class ReviewWithdrawal(BaseModel):
    """Lần rút lại một lượt duyệt; `withdrawn_by` là tên của khóa API."""

    record: Literal["review-withdrawal.v1"] = Field(
        alias="schema", examples=["review-withdrawal.v1"]
    )
    withdrawal_id: UUID = Field(examples=["0b0c9a1d-7c5a-4b5e-9e0f-2f6f3c1d8a77"])
    review_id: UUID = Field(examples=[REVIEW_ID])
    post_id: UUID = Field(examples=[POST_ID])
    channel_id: str = Field(examples=["so-yte-facebook"])
    withdrawn_by: str = Field(examples=["cong-thong-tin"])
    withdrawn_at: datetime = Field(examples=["2026-11-23T05:00:00.000000Z"])
    reason: str = Field(examples=["Duyệt nhầm tin."])


Decision = Verdict | Review | Withdrawal | Restoration | ReviewWithdrawal
