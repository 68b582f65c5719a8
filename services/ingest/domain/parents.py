"""Which unit stands above another on which day, and what a change of that must keep.

In: the parents of every unit in time, and those that one shall have. Out: nothing, or a refusal.
Whether a unit exists on a day does not matter here: its oldest parent has always stood above it,
its latest one stays there for ever.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.ingest.domain.drafts import FormerParentDraft
from shared.contracts import FormerParent
from shared.problems import Fault, Refusal

ONE_DAY = timedelta(days=1)


class UnknownParent(Refusal):
    """The unit above must be registered first."""

    http_status, slug, pointer = 422, "unknown-parent", "/parent_id"
    title = "Không có đơn vị cấp trên này"


class ParentCycle(Refusal):
    """On some day the unit would stand above itself."""

    http_status, slug, pointer = 422, "parent-cycle", "/parent_id"
    title = "Đơn vị không thể là cấp trên của chính mình"


class ParentKept(Refusal):
    """A client that sees only its units may not take one of them out from under its parent."""

    http_status, slug, pointer = 422, "parent-kept", "/parent_id"
    title = "Không được tách khỏi đơn vị cấp trên"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, first and last included, with one unit above another; with none if it is None."""

    parent_id: str | None
    first_day: date
    last_day: date

    def in_words(self) -> str:
        """For the person who reads the refusal; nothing if it is always."""
        first = "" if self.first_day == date.min else f" từ {self.first_day}"
        return first + ("" if self.last_day == date.max else f" đến hết {self.last_day}")


# A unit's parents in order of time: together their stretches hold every day once.
Line = tuple[Stretch, ...]


def line_of(parent_id: str | None, former: Sequence[FormerParent | FormerParentDraft]) -> Line:
    """The parents in order of time, the present one last; `former` must be in that order."""
    lasts = [one.valid_to for one in former]
    return tuple(
        map(
            Stretch,
            [*(one.parent_id for one in former), parent_id],
            [date.min, *(last + ONE_DAY for last in lasts)],
            [*lasts, date.max],
        )
    )


def check_parents(
    unit_id: str, line: Line, lines: Mapping[str, Line], seen: Container[str] | None
) -> None:
    """Raises UnknownParent, ParentKept, ParentCycle for the first stretch that breaks a rule.

    `line`: as the unit shall have it; `lines`: as every unit has it; `seen`: the units that the
    client sees, all if None.
    """
    stored = lines.get(unit_id, ())
    # A bound client may name the parents that its unit has, though it does not see them.
    named = {unit_id, *(one.parent_id for one in stored)}
    for index, stretch in enumerate(line):
        place = "" if index == len(line) - 1 else f"/former_parents/{index}"
        pointer = f"{place}/parent_id"
        if stretch.parent_id is not None and stretch.parent_id not in named:
            _check_known(stretch.parent_id, lines, seen, pointer)
        if seen is not None:
            _check_kept(stretch, stored, seen, pointer)
        _check_cycle(unit_id, stretch, lines, pointer)


def _check_known(
    parent_id: str, lines: Mapping[str, Line], seen: Container[str] | None, pointer: str
) -> None:
    if parent_id not in lines or (seen is not None and parent_id not in seen):
        instead = "để parent_id là null" if pointer == "/parent_id" else "bỏ mục này"
        raise _at(
            pointer,
            UnknownParent,
            f"Chưa có đơn vị {parent_id}; hãy đăng ký đơn vị cấp trên trước, hoặc {instead}.",
        )


def _check_kept(stretch: Stretch, stored: Line, seen: Container[str], pointer: str) -> None:
    for old in _within(stored, stretch):
        parents = {old.parent_id, stretch.parent_id}
        if len(parents) > 1 and any(one is None or one not in seen for one in parents):
            raise _at(
                pointer,
                ParentKept,
                "Khóa này chỉ thấy đơn vị của mình nên không được đổi hoặc bỏ đơn vị cấp trên"
                f"{old.in_words()}; hãy giữ như GET trả về.",
            )


def _check_cycle(unit_id: str, stretch: Stretch, lines: Mapping[str, Line], pointer: str) -> None:
    loop = _loop(unit_id, stretch, lines)
    if loop is not None:
        raise _at(
            pointer,
            ParentCycle,
            f"{stretch.parent_id} là chính đơn vị này hoặc ở dưới nó{loop.in_words()}; hãy chọn "
            "đơn vị cấp trên khác, hoặc sửa cấp trên của đơn vị kia trước.",
        )


def _loop(unit_id: str, stretch: Stretch, lines: Mapping[str, Line]) -> Stretch | None:
    """Days of the stretch on which its parent is the unit or under it; None if there are none."""
    waiting, known = [stretch], set[Stretch]()
    while waiting:
        one = waiting.pop()
        if one.parent_id == unit_id:
            return one
        # Known ones end the search, should the registry ever hold a circle without this unit.
        if one.parent_id is not None and one not in known:
            known.add(one)
            waiting += _within(lines.get(one.parent_id, ()), one)
    return None


def _within(line: Line, days: Stretch) -> Iterator[Stretch]:
    """What of a line lies in the days of a stretch."""
    for one in line:
        first, last = max(one.first_day, days.first_day), min(one.last_day, days.last_day)
        if first <= last:
            yield Stretch(one.parent_id, first, last)


def _at(pointer: str, kind: type[Refusal], detail: str) -> Refusal:
    """The refusal at the one of its places that is wrong."""
    return kind(detail, faults=[Fault(kind.slug, detail, pointer)])
