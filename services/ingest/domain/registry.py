"""Who owns a channel on which day, and what a change of the registry must keep.

In: units and channels as stored, a change. Out: the change as it shall be stored, or a refusal.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from services.ingest.domain.canonical_url import URL_CHARACTERS_MAX, is_web_address
from services.ingest.domain.drafts import ChannelDraft, UnitDraft
from shared.contracts import Unit
from shared.problems import Fault, NotFound, Refusal


class UnknownUnit(NotFound):
    """No unit of that id, or none that the client may see."""

    slug, title, parameter = "unknown-unit", "Không có đơn vị này", "unit_id"


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
    """A last day lies before its first day."""

    http_status, slug, pointer = 422, "dates-reversed", "/valid_to"
    title = "Ngày kết thúc trước ngày bắt đầu"


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


def check_unit(draft: UnitDraft) -> None:
    """Raises DatesReversed unless the unit has a day, and each of its parents one in its life."""
    check_dates(draft.valid_from, draft.valid_to)
    lasts = [draft.valid_from - timedelta(days=1), *(one.valid_to for one in draft.former_parents)]
    for index, (before, last) in enumerate(pairwise(lasts)):
        if last <= before:
            raise _turn_reversed(
                index,
                f"valid_to ({last}) phải sau {before}: former_parents xếp từ cũ đến mới, mỗi đơn "
                "vị cấp trên có ít nhất một ngày, kể từ valid_from của đơn vị.",
            )
    if draft.former_parents and draft.valid_to is not None and draft.valid_to <= lasts[-1]:
        raise _turn_reversed(
            len(draft.former_parents) - 1,
            f"valid_to ({lasts[-1]}) phải trước valid_to của đơn vị ({draft.valid_to}): đơn vị cấp "
            "trên cuối cùng ghi ở parent_id.",
        )


def _turn_reversed(index: int, detail: str) -> DatesReversed:
    pointer = f"/former_parents/{index}/valid_to"
    return DatesReversed(detail, faults=[Fault(DatesReversed.slug, detail, pointer)])


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
