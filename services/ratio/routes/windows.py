"""HTTP in: which days, which moment, whose posts: the parameters that all figures share.

In: query parameters. Out: a window, a moment, or a refusal that names the parameter.
"""

import re
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BeforeValidator

from services.ratio.domain.window import window_at
from shared.contracts import Window, WindowName
from shared.local_time import local_day, utc_now
from shared.problems import Fault, Invalid

DAYS_MAX = 3_660
# Far from where a window would reach beyond the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 9_000
Include = Literal["children", "predecessors", "near-copies"]

AtParameter = Annotated[date | None, Query()]
FirstDayParameter = Annotated[date | None, Query(alias="from")]
LastDayParameter = Annotated[date | None, Query(alias="to")]


def wanted_window(
    window: WindowName | None = None,
    at: AtParameter = None,
    first_day: FirstDayParameter = None,
    last_day: LastDayParameter = None,
) -> Window:
    """The window that the parameters mean; the current month without any. Raises Invalid."""
    if first_day is None and last_day is None:
        return named_window(window or "month", at)
    if window is not None or at is not None:
        raise invalid("window", "Chỉ dùng một cách: window và at, hoặc from và to.")
    return free_window(first_day, last_day)


def named_window(name: WindowName, at: date | None) -> Window:
    """The window of that name that holds the day, today without one. Raises Invalid."""
    today = local_day(utc_now())
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise invalid("at", f"Năm của at phải từ {FIRST_YEAR} đến {LAST_YEAR}.")
    window = window_at(name, at or today)
    if window.first_day > today or (name.startswith("rolling") and window.last_day > today):
        raise invalid("at", f"Kỳ chứa ngày {at} chưa đến; hôm nay là {today}.")
    return window


def free_window(first_day: date | None, last_day: date | None) -> Window:
    """Whole days, both included. Raises Invalid."""
    if first_day is None or last_day is None:
        raise invalid("to" if first_day else "from", "Cần cả from và to.")
    check_days(first_day, last_day)
    if (last_day - first_day).days > DAYS_MAX:
        raise invalid("from", f"Khoảng thời gian tối đa là {DAYS_MAX} ngày.")
    if first_day > local_day(utc_now()):
        raise invalid("from", f"from ({first_day}) ở tương lai: chưa có tin nào để đếm.")
    return Window(None, first_day, last_day)


def check_days(first_day: date | None, last_day: date | None) -> None:
    """Raises Invalid if the first day lies after the last."""
    if first_day is not None and last_day is not None and first_day > last_day:
        raise invalid("from", f"from ({first_day}) phải không sau to ({last_day}).")


def _plus(moment: object) -> object:
    # A plus in an address means a space, and few write %2B: `...T08:00+07:00` arrives so.
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", moment) if isinstance(moment, str) else moment


def known_moment(
    as_of: Annotated[datetime | None, Query(), BeforeValidator(_plus)] = None,
) -> datetime | None:
    """The moment whose knowledge is asked for; None for now. Raises Invalid."""
    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise invalid("as_of", "Thiếu múi giờ: hãy viết dạng 2026-11-01T08:00:00+07:00.")
    if as_of > utc_now():
        raise invalid("as_of", "as_of ở tương lai: chưa ai biết điều gì vào lúc đó.")
    return as_of


def wanted_parts(include: Annotated[str | None, Query()] = None) -> frozenset[Include]:
    """What `include` names, with commas between. Raises Invalid."""
    names = frozenset(include.split(",")) if include else frozenset[str]()
    known: dict[str, Include] = {
        "children": "children",
        "predecessors": "predecessors",
        "near-copies": "near-copies",
    }
    for name in sorted(names - known.keys()):
        raise invalid("include", f"Không có phần nào tên {name!r}; có: {', '.join(known)}.")
    return frozenset(known[name] for name in names)


def invalid(parameter: str, detail: str) -> Invalid:
    """The refusal of one parameter."""
    return Invalid(detail, faults=[Fault("invalid-window", detail, parameter=parameter)])


WindowDep = Annotated[Window, Depends(wanted_window)]
KnownAtDep = Annotated[datetime | None, Depends(known_moment)]
PartsDep = Annotated[frozenset[Include], Depends(wanted_parts)]
