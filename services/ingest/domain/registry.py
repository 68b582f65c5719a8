"""Who owns a channel on which day, and what a change of the registry must keep.

In: units and channels as stored, a change. Out: the change as it shall be stored, or a refusal.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.ingest.domain.canonical_url import URL_CHARACTERS_MAX, is_web_address
from services.ingest.domain.drafts import ChannelDraft, UnitDraft
from shared.contracts import Unit
from shared.problems import Refusal


class UnknownChannel(Refusal):
    """No unit that the client may write for ever had the channel."""

    http_status, slug, pointer = 422, "unknown-channel", "/channel_id"
    title = "Kênh chưa được đăng ký"


class ChannelNotRegistered(Refusal):
    """The channel belonged to no unit on the local day of `published_at`."""

    http_status, slug, pointer = 422, "channel-not-registered", "/channel_id"
    title = "Kênh không có hiệu lực vào ngày đăng"


class InvalidUrl(Refusal):
    """No absolute http(s) address."""

    http_status, slug, pointer = 422, "invalid-url", "/url"
    title = "Địa chỉ không hợp lệ"


class DatesReversed(Refusal):
    """`valid_to` lies before `valid_from`."""

    http_status, slug, pointer = 422, "dates-reversed", "/valid_to"
    title = "Ngày kết thúc trước ngày bắt đầu"


class UnknownParent(Refusal):
    """The unit above must be registered first."""

    http_status, slug, pointer = 422, "unknown-parent", "/parent_id"
    title = "Không có đơn vị cấp trên này"


class ParentCycle(Refusal):
    """The unit would stand above itself."""

    http_status, slug, pointer = 422, "parent-cycle", "/parent_id"
    title = "Đơn vị không thể là cấp trên của chính mình"


class ParentKept(Refusal):
    """A client that sees only its units may not take one of them out from under its parent."""

    http_status, slug, pointer = 422, "parent-kept", "/parent_id"
    title = "Không được tách khỏi đơn vị cấp trên"


class SucceedsItself(Refusal):
    """A unit cannot be merged into itself."""

    http_status, slug, pointer = 422, "succeeds-itself", "/succeeded_by"
    title = "Đơn vị không thể kế thừa chính mình"


class ChannelOwnedByAnotherUnit(Refusal):
    """Another unit has the channel on some of these days."""

    http_status, slug, pointer = 409, "channel-owned-by-another-unit", "/valid_from"
    title = "Kênh đang thuộc đơn vị khác"


class PreconditionRequired(Refusal):
    """A change of a unit must say which version it changes, so that no change is lost."""

    http_status, slug, title = 428, "precondition-required", "Thiếu If-Match"


class PreconditionFailed(Refusal):
    """The unit is not in the version that the client knows."""

    http_status, slug, title = 412, "precondition-failed", "Đơn vị đã thay đổi"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A unit's hold on a channel, first and last local day included; open without `valid_to`."""

    unit_id: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """True if the unit owns the channel on that local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, valid_from: date, valid_to: date | None) -> bool:
        """True if some day lies in both."""
        return (valid_to is None or self.valid_from <= valid_to) and (
            self.valid_to is None or valid_from <= self.valid_to
        )

    def in_words(self) -> str:
        """For the person who reads the refusal."""
        end = f"đến hết {self.valid_to}" if self.valid_to else "chưa kết thúc"
        return f"{self.unit_id} từ {self.valid_from} {end}"


def owner_on(tenures: Sequence[Tenure], day: date) -> str | None:
    """The unit that owns the channel on the local day, if any; the registry allows but one."""
    return next((tenure.unit_id for tenure in tenures if tenure.holds_on(day)), None)


def etag_of(unit: Unit) -> str:
    """The strong entity tag of a unit's version."""
    return f'"{unit.version}"'


def check_precondition(
    stored: Unit | None, if_match: str | None, if_none_match: str | None
) -> None:
    """RFC 9110 preconditions of a PUT. Raises PreconditionRequired, PreconditionFailed."""
    if if_none_match is not None and stored is not None and _names(if_none_match, stored):
        raise PreconditionFailed(
            f"Đơn vị {stored.unit_id} đã có; để sửa, hãy GET rồi PUT với If-Match là ETag đó."
        )
    if if_match is not None:
        if stored is None or not _names(if_match, stored):
            raise PreconditionFailed(
                "Đơn vị đã được người khác sửa hoặc chưa có; hãy GET lại để lấy ETag mới, "
                "áp dụng lại thay đổi rồi PUT với If-Match."
            )
    elif stored is not None:
        raise PreconditionRequired(
            f"Đơn vị {stored.unit_id} đã có; hãy GET để lấy ETag rồi PUT với If-Match: <ETag>, "
            "để không ghi đè thay đổi của người khác."
        )


def _names(header: str, stored: Unit) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag_of(stored) in tags


def check_unit(
    unit_id: str,
    draft: UnitDraft,
    parents: Mapping[str, str | None],
    allowed_parents: Container[str | None],
) -> None:
    """Raises the refusal of the first rule broken.

    `parents`: the unit above each unit, as stored; `allowed_parents`: those the client may name,
    with None if it may name none.
    """
    check_dates(draft.valid_from, draft.valid_to)
    if draft.succeeded_by == unit_id:
        raise SucceedsItself("succeeded_by phải là một đơn vị khác, hoặc null nếu chưa sáp nhập.")
    if draft.parent_id is None:
        if None not in allowed_parents:
            raise ParentKept("Khóa này chỉ thấy đơn vị của mình nên không được bỏ parent_id.")
        return
    if draft.parent_id == unit_id or unit_id in ancestors(draft.parent_id, parents):
        raise ParentCycle(
            f"{draft.parent_id} là chính đơn vị này hoặc đang ở dưới nó; hãy chọn đơn vị cấp trên "
            "khác, hoặc sửa parent_id của đơn vị kia trước."
        )
    if draft.parent_id not in allowed_parents:
        raise UnknownParent(
            f"Chưa có đơn vị {draft.parent_id}; hãy đăng ký đơn vị cấp trên trước, "
            "hoặc để parent_id là null."
        )


def check_channel(
    channel_id: str, draft: ChannelDraft, others: Sequence[Tenure], seen: Container[str] | None
) -> None:
    """Raises the refusal of the first rule broken.

    `others`: the channel at other units; `seen`: the units that the client sees, all if None. The
    channel of a unit that it does not see is not its to take, on whatever days.
    """
    check_dates(draft.valid_from, draft.valid_to)
    if not is_web_address(draft.url):
        raise InvalidUrl(
            "url phải là địa chỉ đầy đủ bắt đầu bằng http:// hoặc https://, có tên miền, "
            f"không có khoảng trắng và tối đa {URL_CHARACTERS_MAX} ký tự."
        )
    taken = [
        tenure
        for tenure in others
        if tenure.overlaps(draft.valid_from, draft.valid_to)
        or (seen is not None and tenure.unit_id not in seen)
    ]
    if taken:
        raise ChannelOwnedByAnotherUnit(
            f"Kênh {channel_id} đang thuộc {'; '.join(tenure.in_words() for tenure in taken)}. "
            "Hãy kết thúc (valid_to) ở đơn vị đó trước, rồi bắt đầu (valid_from) từ ngày hôm sau."
        )


def check_dates(valid_from: date, valid_to: date | None) -> None:
    """Raises DatesReversed if the last day lies before the first."""
    if valid_to is not None and valid_to < valid_from:
        raise DatesReversed(
            f"valid_to ({valid_to}) phải không trước valid_from ({valid_from}); "
            "hãy sửa một trong hai ngày."
        )


def ancestors(unit_id: str, parents: Mapping[str, str | None]) -> list[str]:
    """The units above, nearest first; ends at an unknown one or where it would go round."""
    above: list[str] = []
    parent = parents.get(unit_id)
    while parent is not None and parent not in above:
        above.append(parent)
        parent = parents.get(parent)
    return above
