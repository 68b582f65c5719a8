"""What clients send: posts, units, channels as they stand in a request's body.

In: values of JSON. Out: drafts whose fields have the right types; the rules come after.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.contracts import ID_PATTERN, Action, Format, Platform, UnitKind

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Wide of every real date, and far from where zone arithmetic overflows.
FIRST_YEAR, LAST_YEAR = 1900, 9_000
# More than any office has seen reforms.
FORMER_PARENTS_MAX = 50


def _written_as_instant(value: Any) -> Any:
    # Pydantic would take numbers for seconds since 1970, and a bare day for midnight in no zone.
    if isinstance(value, str) and _INSTANT.match(value):
        return value
    raise PydanticCustomError("datetime_parsing", "no RFC 3339 instant")


def _written_as_day(value: Any) -> Any:
    if value is None or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_parsing", "no RFC 3339 day")


def _within_years(value: Any) -> Any:
    if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"Năm phải từ {FIRST_YEAR} đến {LAST_YEAR}.")
    return value


def _tidy(value: str | None) -> str | None:
    """NFC without space around; a blank text is none."""
    return (unicodedata.normalize("NFC", value).strip() or None) if value else None


def _not_blank(value: str) -> str:
    tidied = _tidy(value)
    if tidied is None:
        raise ValueError("Không được để trống.")
    return tidied


Id = Annotated[str, Field(pattern=ID_PATTERN)]
WrittenInstant = Annotated[
    AwareDatetime, BeforeValidator(_written_as_instant), AfterValidator(_within_years)
]
Day = Annotated[date, BeforeValidator(_written_as_day), AfterValidator(_within_years)]
OptionalDay = Annotated[
    date | None, BeforeValidator(_written_as_day), AfterValidator(_within_years)
]
ShortText = Annotated[str, Field(max_length=500)]
OptionalText = Annotated[str | None, AfterValidator(_tidy)]


class PostDraft(BaseModel):
    """A post as a client sends it. `external_id` or `url`, `title` or `text` must be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel_id: Id = Field(examples=["so-tttt-facebook"])
    external_id: Annotated[ShortText | None, AfterValidator(_tidy)] = Field(
        default=None, examples=["1234567890"], description="the platform's id of the post"
    )
    url: OptionalText = Field(default=None, examples=["https://sotttt.thainguyen.gov.vn/tin/1"])
    title: OptionalText = Field(default=None, examples=["Khai mạc tuần lễ chuyển đổi số"])
    text: OptionalText = Field(default=None, examples=["Sáng 23/11, Sở đã khai mạc ..."])
    published_at: WrittenInstant = Field(examples=["2026-11-23T08:30:00+07:00"])
    action: Action = Field(examples=["publish"])
    format: Format = Field(examples=["article"])


class FormerParentDraft(BaseModel):
    """A unit that stood above another until its last day there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parent_id: Id = Field(examples=["huyen-dai-tu"])
    valid_to: Day = Field(examples=["2025-06-30"], description="last day")


class UnitDraft(BaseModel):
    """A unit as the registry shall have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=300), AfterValidator(_not_blank)] = Field(
        examples=["Sở Thông tin và Truyền thông"]
    )
    kind: UnitKind = Field(examples=["department"])
    org_code: Annotated[ShortText | None, AfterValidator(_tidy)] = Field(
        default=None, examples=["H55.10"], description="code of QĐ 20/2020/QĐ-TTg"
    )
    parent_id: Id | None = Field(default=None, examples=["thai-nguyen"])
    valid_from: Day = Field(examples=["2004-09-01"])
    valid_to: OptionalDay = Field(default=None, description="last day; null while it exists")
    succeeded_by: Id | None = Field(default=None, description="the unit it was merged into")
    former_parents: list[FormerParentDraft] = Field(
        default=[],
        max_length=FORMER_PARENTS_MAX,
        description="oldest first; `parent_id` follows the last one the day after",
    )


class ChannelDraft(BaseModel):
    """A channel of a unit as the registry shall have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: Platform = Field(examples=["facebook"])
    url: Annotated[str, AfterValidator(_not_blank)] = Field(
        examples=["https://www.facebook.com/sotttt"]
    )
    valid_from: Day = Field(examples=["2024-04-16"])
    valid_to: OptionalDay = Field(default=None, description="last day; null while it is in use")
