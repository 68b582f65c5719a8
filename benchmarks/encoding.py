"""Records of the topics to bytes and back: msgspec, which is used, beside pydantic.

In: 10,000 verdicts. Out: records a second. Decision 1 rests on these figures.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import uuid4

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from benchmarks.figures import Figure, best_rates
from shared.contracts import Label, NegativeTopic, encode
from shared.topics import VERDICTS
from tests.builders import a_post, a_verdict

RECORDS = 10_000


class PydanticProbabilities(BaseModel):
    """The same fields as `shared.contracts.Probabilities`."""

    tich_cuc: float
    trung_tinh: float
    tieu_cuc: float


class PydanticVerdict(BaseModel):
    """The same fields as `shared.contracts.Verdict`."""

    model_config = ConfigDict(frozen=True)

    schema_: Literal["verdict.v1"] = "verdict.v1"
    post_id: str
    revision: str
    received_at: AwareDatetime
    channel_id: str
    published_at: AwareDatetime
    local_day: date
    action: str
    format: str
    label: Label
    topic: NegativeTopic | None
    decided_by: str
    decided_at: datetime
    verdict_id: str
    probabilities: PydanticProbabilities
    confidence: float
    needs_review: bool


def measure(_: Callable[[str], None]) -> Sequence[Figure]:
    """Encode and decode with both."""
    ours = [a_verdict(a_post(post_id=uuid4())) for _ in range(RECORDS)]
    values = [encode(verdict) for verdict in ours]
    adapter = TypeAdapter(PydanticVerdict)
    theirs = [adapter.validate_json(value) for value in values]
    encoded, own_encoded, orjson_encoded = best_rates(
        RECORDS,
        lambda: [encode(verdict) for verdict in ours],
        lambda: [one.model_dump_json() for one in theirs],
        lambda: [orjson.dumps(one.model_dump(mode="json")) for one in theirs],
    )
    decoded, own_decoded, orjson_decoded = best_rates(
        RECORDS,
        lambda: [VERDICTS.codec.decode(value) for value in values],
        lambda: [adapter.validate_json(value) for value in values],
        lambda: [adapter.validate_python(orjson.loads(value)) for value in values],
    )
    return [
        Figure("encode, msgspec", encoded, "pydantic with its own JSON", own_encoded),
        Figure("encode, msgspec", encoded, "pydantic with orjson", orjson_encoded),
        Figure("decode, msgspec", decoded, "pydantic with its own JSON", own_decoded),
        Figure("decode, msgspec", decoded, "pydantic with orjson", orjson_decoded),
    ]
