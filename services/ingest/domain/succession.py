"""Which unit follows another, as districts and departments are merged.

In: the unit that each one was merged into, a change of one. Out: nothing, or a refusal.
"""

from collections.abc import Container, Mapping

from services.ingest.domain.registry import UnknownUnit
from shared.problems import Fault, Refusal


class SucceedsItself(Refusal):
    """A unit cannot be merged into itself."""

    http_status, slug, pointer = 422, "succeeds-itself", "/succeeded_by"
    title = "Đơn vị không thể kế thừa chính mình"


class SuccessionCycle(Refusal):
    """A unit that was merged into another, however late, cannot be its successor."""

    http_status, slug, pointer = 422, "succession-cycle", "/succeeded_by"
    title = "Các đơn vị kế thừa vòng tròn"


def check_successor(
    unit_id: str,
    succeeded_by: str | None,
    successors: Mapping[str, str],
    seen: Container[str] | None,
) -> None:
    """Raises UnknownUnit, SucceedsItself, SuccessionCycle.

    The successor need not be registered yet, unless it is a bound client that names it.
    `successors`: the unit that each one was merged into, as stored; `seen`: the units that the
    client sees, all if None.
    """
    if seen is not None:
        _check_seen(successors.get(unit_id), succeeded_by, seen)
    if succeeded_by == unit_id:
        raise SucceedsItself("succeeded_by phải là một đơn vị khác, hoặc null nếu chưa sáp nhập.")
    if succeeded_by is not None and unit_id in _line(succeeded_by, successors):
        raise SuccessionCycle(
            f"{succeeded_by} đã được {unit_id} kế thừa, trực tiếp hoặc qua đơn vị khác; hãy kiểm "
            "tra đơn vị nào nhận chức năng của đơn vị nào, rồi sửa succeeded_by ở một trong hai."
        )


def _check_seen(before: str | None, after: str | None, seen: Container[str]) -> None:
    # What a unit succeeded is part of its figures: whoever does not see it changes them neither by
    # naming it nor by dropping it.
    for one in (before, after) if before != after else ():
        if one is not None and one not in seen:
            detail = (
                f"Khóa này không thấy đơn vị {one}: hãy giữ succeeded_by như GET trả về, hoặc nhờ "
                "trung tâm sửa."
            )
            raise UnknownUnit(detail, faults=[Fault(UnknownUnit.slug, detail, "/succeeded_by")])


def _line(unit_id: str, successors: Mapping[str, str]) -> list[str]:
    """The units that follow, the next first; ends with the last, or where it would go round."""
    line: list[str] = []
    at = successors.get(unit_id)
    while at is not None and at not in line:
        line.append(at)
        at = successors.get(at)
    return line
