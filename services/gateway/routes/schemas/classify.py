"""Shapes of trying the model: texts in, labels out."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import Label, NegativeTopic

LongText = Annotated[str, Field(max_length=100_000)]


class ClassifyItem(BaseModel):
    """Một văn bản; cần `title` hoặc `text`."""

    model_config = ConfigDict(extra="forbid")

    title: LongText | None = Field(default=None, examples=["Bắt nhóm trộm cắp xe máy"])
    text: LongText | None = Field(
        default=None, examples=["Công an phường vừa bắt giữ ba đối tượng."]
    )


class ClassifyDraft(BaseModel):
    """Từ 1 đến 256 văn bản."""

    model_config = ConfigDict(extra="forbid")

    items: list[ClassifyItem] = Field(min_length=1, max_length=256)


class Probabilities(BaseModel):
    """Xác suất của từng nhãn; tổng bằng 1."""

    tich_cuc: float = Field(examples=[0.02])
    trung_tinh: float = Field(examples=[0.08])
    tieu_cuc: float = Field(examples=[0.9])


class Word(BaseModel):
    """Từ có sức nặng; vị trí tính bằng ký tự NFC trong `field`."""

    field: Literal["title", "text"] = Field(examples=["title"])
    start: int = Field(examples=[9])
    end: int = Field(examples=[13])
    weight: float = Field(description="âm: kéo ra khỏi nhãn này", examples=[0.31])


class ClassifyAnswer(BaseModel):
    """Phán định cho một văn bản."""

    label: Label = Field(examples=["tieu_cuc"])
    probabilities: Probabilities
    confidence: float = Field(description="xác suất của `label`", examples=[0.9])
    needs_review: bool = Field(examples=[False])
    topic: NegativeTopic | None = Field(
        description="chỉ khi nhãn là `tieu_cuc`", examples=["toi_pham"]
    )
    words: list[Word] = Field(description="nhiều nhất 8 từ, nặng nhất trước")


class ClassifyAnswers(BaseModel):
    """Kết quả theo đúng thứ tự đã gửi."""

    model: str = Field(examples=["candoi-e5-small@1"])
    items: list[ClassifyAnswer]
