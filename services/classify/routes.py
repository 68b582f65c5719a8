"""HTTP in: texts judged at once, without a trace in the counts."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.classify.domain.text import clean
from services.classify.domain.words import heaviest
from services.classify.model import Model, Weighed

router = APIRouter(prefix="/v1", tags=["classify"])

ITEMS_MAX = 256
CHARACTERS_MAX = 100_000


class Item(BaseModel):
    """One text: title, text, or both."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(default=None, max_length=CHARACTERS_MAX)
    text: str | None = Field(default=None, max_length=CHARACTERS_MAX)

    @model_validator(mode="after")
    def something_to_read(self) -> "Item":
        """There must be a letter or a digit once mark-up is gone."""
        if not clean(self.title, self.text):
            raise ValueError("Cần title hoặc text có ít nhất một chữ cái hoặc chữ số.")
        return self


class Items(BaseModel):
    """What a call may hold."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Item], Field(min_length=1, max_length=ITEMS_MAX)]


def _model(request: Request) -> Model:
    return request.state.model


@router.post("/classify", summary="Phân loại thử tối đa 256 văn bản")
async def classify(asked: Items, model: Annotated[Model, Depends(_model)]) -> dict[str, Any]:
    """Label, probabilities, confidence, topic, and the words that weighed most."""
    lines = [clean(item.title, item.text) for item in asked.items]
    weighed = await asyncio.to_thread(model.weigh, lines)
    answers = [_answer(item, one) for item, one in zip(asked.items, weighed, strict=True)]
    return {"model": model.name, "items": answers}


def _answer(item: Item, weighed: Weighed) -> dict[str, Any]:
    judgement = weighed.judgement
    words = heaviest(weighed.line, weighed.tokens, item.title, item.text)
    chances = judgement.probabilities
    return {
        "label": judgement.label,
        "probabilities": {name: getattr(chances, name) for name in chances.__struct_fields__},
        "confidence": judgement.confidence,
        "needs_review": judgement.needs_review,
        "topic": judgement.topic,
        "words": [
            {"field": word.field, "start": word.start, "end": word.end, "weight": word.weight}
            for word in words
        ],
    }
