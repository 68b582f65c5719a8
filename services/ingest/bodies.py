"""What stands in a request's body.

In: bytes and their media type. Out: drafts; for everything that is none, the refusal that says
where and why. One bad item never hides the others.

The standard library's parser reads here because it can be lenient: NaN, numbers of any length
and halves of surrogate pairs become faults of their item, not of the whole body.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.ingest.domain.drafts import FORMER_PARENTS_MAX, PostDraft
from shared.problems import Fault, Invalid, Refusal, Unreadable, invalid_input

DraftT = TypeVar("DraftT", bound=BaseModel)

POSTS_MAX = 1_000
JSON_TYPES = ("", "application/json")
LINES_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
# What takes the place of a character that is refused, so that the other rules can be checked.
_REPLACEMENT = "\ufffd"


class InvalidCharacter(Refusal):
    """NUL or half a surrogate pair: neither the log nor the database can keep it."""

    http_status, slug, title = 422, "invalid-character", "Ký tự không lưu được"


class BatchTooLarge(Refusal):
    """More posts than one request may hold."""

    http_status, slug, title = 413, "batch-too-large", "Lô quá lớn"


class EmptyBatch(Refusal):
    """A batch without posts is most likely a fault of the sender."""

    http_status, slug, title, pointer = 422, "empty-batch", "Lô rỗng", ""


def read_one(body: bytes, media_type: str, draft_type: type[DraftT]) -> DraftT:
    """The body as one draft. Raises Unreadable, Invalid, InvalidCharacter."""
    _check_media_type(media_type, JSON_TYPES)
    result = _as_draft(_parse(body), draft_type)
    if isinstance(result, Refusal):
        raise result
    return result


def read_batch(body: bytes, media_type: str) -> list[PostDraft | Refusal]:
    """The body's posts in order, array or lines. Raises Unreadable, BatchTooLarge, EmptyBatch."""
    media_type = _check_media_type(media_type, JSON_TYPES + LINES_TYPES)
    items = _lines(body) if media_type in LINES_TYPES else _array(body)
    if len(items) > POSTS_MAX:
        raise BatchTooLarge(
            f"Lô có {len(items)} tin, tối đa {POSTS_MAX}; hãy chia thành nhiều lô nhỏ hơn."
        )
    if not items:
        raise EmptyBatch("Lô không có tin nào; hãy gửi ít nhất một tin.")
    return [item if isinstance(item, Refusal) else _as_draft(item, PostDraft) for item in items]


def _check_media_type(header: str, allowed: Sequence[str]) -> str:
    media_type = header.partition(";")[0].strip().lower()
    if media_type not in allowed:
        raise Unreadable(
            f"Content-Type {media_type} không được hỗ trợ; hãy dùng {' hoặc '.join(allowed[1:])}."
        )
    return media_type


def _array(body: bytes) -> list[Any]:
    items = _parse(body)
    if not isinstance(items, list):
        raise Unreadable(
            "Nội dung phải là một mảng JSON các tin; gửi từng dòng thì dùng Content-Type "
            "application/x-ndjson, gửi một tin thì dùng POST /v1/posts."
        )
    return items  # pyright: ignore[reportUnknownVariableType]


def _lines(body: bytes) -> list[Any]:
    lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    # One more than allowed is enough to refuse them all.
    return [_line(line) for line in lines] if len(lines) <= POSTS_MAX else lines


def _line(line: bytes) -> Any:
    try:
        return _parse(line)
    except Unreadable as refusal:
        return refusal


def _parse(body: bytes) -> Any:
    try:
        # Windows programs begin with a byte order mark. No field is a number: as a float, a
        # number of any length can be read and is then refused as what it is.
        return json.loads(body.decode("utf-8-sig"), parse_int=float)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"Nội dung không phải UTF-8 (byte thứ {error.start + 1}); hãy gửi JSON mã hoá UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"Nội dung không phải JSON hợp lệ ở dòng {error.lineno}, cột {error.colno}."
        ) from error
    except RecursionError as error:
        raise Unreadable("JSON lồng quá sâu; mỗi tin chỉ có một lớp trường.") from error


def _as_draft(item: Any, draft_type: type[DraftT]) -> DraftT | Refusal:
    item, faults = _without_bad_characters(item)
    try:
        draft = draft_type.model_validate(item)
    except ValidationError as error:
        refusal = invalid_input(error.errors(include_url=False, include_input=False))  # pyright: ignore[reportArgumentType]
        return Invalid(refusal.detail, faults=[*faults, *refusal.faults]) if faults else refusal
    if faults:
        return InvalidCharacter(faults[0].detail, faults=faults)
    return draft


def _without_bad_characters(item: Any, place: str = "") -> tuple[Any, list[Fault]]:
    if not isinstance(item, dict):
        return item, []
    clean: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in item.items():  # pyright: ignore[reportUnknownVariableType]
        field = _readable(str(name))  # pyright: ignore[reportUnknownArgumentType]
        clean[field] = _readable(value) if isinstance(value, str) else value
        if field != name or (isinstance(value, str) and clean[field] != value):
            faults.append(_bad_character(f"{place}/{field}"))
        # No draft is deeper than a list of objects; what is deeper is refused for that.
        if isinstance(value, list) and not place:
            clean[field], inside = _each_without_bad_characters(value, f"/{field}")  # pyright: ignore[reportUnknownArgumentType]
            faults += inside
    return clean, faults


def _each_without_bad_characters(items: list[Any], place: str) -> tuple[list[Any], list[Fault]]:
    # A longer list is refused for its length, with nothing said of what is in it.
    if len(items) > FORMER_PARENTS_MAX:
        return items, []
    results = [_without_bad_characters(one, f"{place}/{index}") for index, one in enumerate(items)]
    return [clean for clean, _ in results], [fault for _, faults in results for fault in faults]


def _bad_character(pointer: str) -> Fault:
    return Fault(
        InvalidCharacter.slug,
        f"{pointer[1:]} có ký tự NUL (\\u0000) hoặc nửa cặp surrogate (\\ud800-\\udfff) không lưu "
        "được; hãy bỏ ký tự đó.",
        pointer=pointer,
    )


def _readable(text: str) -> str:
    """The text with a replacement for each character that cannot be kept."""
    text = text.replace("\0", _REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(
            _REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in text
        )
    return text
