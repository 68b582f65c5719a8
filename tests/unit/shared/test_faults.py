"""What pydantic finds wrong, in the words of the caller: where, and what to do."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.problems import (
    _FAULT_DETAILS,
    Fault,
    Invalid,
    Unreadable,
    invalid_input,
)


class Draft(BaseModel):
    """One field of every type that a body of ours has."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("ab", min_length=2, max_length=3, pattern="^[a-z]+$")
    kind: Literal["press", "school", "other"] = "press"
    count: int = Field(1, ge=1, le=9)
    share: float = Field(0.15, gt=0, lt=1)
    only: bool = True
    day: date = date(2026, 11, 23)
    at: AwareDatetime | None = None
    post_id: UUID | None = None
    items: list[int] = Field([1], min_length=1, max_length=2)
    labels: dict[str, str] = Field({})
    inner: "Inner | None" = None


class Inner(BaseModel):
    """A body inside a body."""

    model_config = ConfigDict(from_attributes=True)
    must: str


# Body or part of one -> the kind of fault that pydantic finds.
FAULTY: Mapping[str, Any] = {
    "missing": {"inner": {}},
    "extra_forbidden": {"author": "An"},
    "string_type": {"name": 7},
    "string_too_long": {"name": "abcd"},
    "string_too_short": {"name": "a"},
    "string_unicode": {"name": "\ud800a"},
    "string_pattern_mismatch": {"name": "A1"},
    "literal_error": {"kind": "blog"},
    "int_parsing": {"count": "một"},
    "int_parsing_size": {"count": "1" * 5_000},
    "int_type": {"count": None},
    "int_from_float": {"count": 1.5},
    "bool_parsing": {"only": "có"},
    "bool_type": {"only": None},
    "date_type": {"day": None},
    "date_from_datetime_inexact": {"day": "2026-11-23T08:30:00"},
    "date_from_datetime_parsing": {"day": "hôm nay"},
    "datetime_type": {"at": []},
    "datetime_parsing": {"at": float("inf")},
    "datetime_from_date_parsing": {"at": "hôm nay"},
    "timezone_aware": {"at": "2026-11-23T08:30:00"},
    "float_type": {"share": None},
    "float_parsing": {"share": "một phần"},
    "less_than": {"share": 1},
    "greater_than": {"share": 0},
    "less_than_equal": {"count": 10},
    "greater_than_equal": {"count": 0},
    "too_long": {"items": [1, 2, 3]},
    "too_short": {"items": []},
    "model_attributes_type": {"inner": 5},
    "model_type": "tin",
    "dict_type": {"labels": 5},
    "list_type": {"items": 5},
    "uuid_parsing": {"post_id": "x"},
    "uuid_type": {"post_id": 5},
}


def errors_of(body: Any, kind: Any = Draft) -> list[Any]:
    with pytest.raises(ValidationError) as invalid:
        TypeAdapter(kind).validate_python(body)
    return [*invalid.value.errors()]


def test_every_kind_in_the_table_is_tried() -> None:
    # A date that is no date at all is always read as an instant first.
    assert set(_FAULT_DETAILS) == set(FAULTY) | {"date_parsing"}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_fault_is_told_in_vietnamese(kind: str) -> None:
    error = next(error for error in errors_of(FAULTY[kind]) if error["type"] == kind)
    (fault,) = invalid_input([error]).faults
    assert fault.code == kind
    assert fault.detail[0].isupper()
    assert fault.detail.endswith(".")
    assert not re.search(r"\b(input|should|valid|be|or|value|field)\b|[{}]", fault.detail, re.I)
    assert re.search(r"[À-ỹĐđ]", fault.detail)


def test_bounds_and_choices_stand_in_the_fault() -> None:
    def detail(kind: str) -> str:
        return invalid_input(errors_of(FAULTY[kind])).faults[0].detail

    assert detail("string_too_long") == "Quá dài: tối đa 3 ký tự."
    assert detail("greater_than_equal") == "Phải lớn hơn hoặc bằng 1."
    assert detail("literal_error") == (
        "Chỉ nhận một trong các giá trị 'press', 'school' hoặc 'other'."
    )


def test_a_rule_of_our_own_speaks_for_itself() -> None:
    error = {"type": "value_error", "loc": ("body", 3, "url"), "msg": "Value error, Sai."}
    assert invalid_input([error]).faults == (Fault("value_error", "Sai.", pointer="/3/url"),)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("body", "title"), {"pointer": "#/title"}),
        (("body", 3, "inner", "must"), {"pointer": "#/3/inner/must"}),
        (("title",), {"pointer": "#/title"}),
        (("body", "a/b~c"), {"pointer": "#/a~1b~0c"}),
        (("body",), {"pointer": "#"}),
        (("query", "limit"), {"parameter": "limit"}),
        (("path", "unit_id"), {"parameter": "unit_id"}),
        (("header", "if-match"), {"parameter": "if-match"}),
    ],
)
def test_a_fault_says_where(place: tuple[str | int, ...], expected: dict[str, str]) -> None:
    (fault,) = invalid_input([{"type": "missing", "loc": place, "msg": ""}]).faults
    document = fault.document()
    assert {name: document[name] for name in ("pointer", "parameter") if name in document} == (
        expected
    )


def test_all_faults_are_told_and_their_places_named() -> None:
    refusal = invalid_input(errors_of({"name": "a", "count": 0}))
    assert isinstance(refusal, Invalid)
    assert [fault.pointer for fault in refusal.faults] == ["/name", "/count"]
    assert "/name, /count" in refusal.detail


def test_what_is_no_json_is_unreadable() -> None:
    refusal = invalid_input([{"type": "json_invalid", "loc": ("body", 1), "msg": "JSON decode"}])
    assert isinstance(refusal, Unreadable)
    assert refusal.http_status == 400
