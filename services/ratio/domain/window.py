"""The periods that shares are counted over, in whole days of Asia/Ho_Chi_Minh.

In: a name and a day. Out: first and last day, both included.
"""

from datetime import date, timedelta
from typing import Literal, get_args

from shared.contracts import Window, WindowName

STANDING: tuple[WindowName, ...] = get_args(WindowName)
Bucket = Literal["day", "week", "month"]
# The reporting month runs from the 15th to the 14th. Source: Nghị định 09/2019/NĐ-CP.
REPORT_DAY = 15


def window_at(name: WindowName, day: date) -> Window:
    """The window of that name in which `day` falls; a rolling one ends with `day`."""
    first, last = _bounds(name, day)
    return Window(name, first, last)


def standing(today: date) -> list[Window]:
    """Every window that is kept current."""
    return [window_at(name, today) for name in STANDING]


def _bounds(name: WindowName, day: date) -> tuple[date, date]:
    match name:
        case "day":
            return day, day
        case "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            first = day.replace(day=1)
            return first, _months_later(first, 1) - timedelta(days=1)
        case "report-month":
            start = day.replace(day=REPORT_DAY)
            first = start if day.day >= REPORT_DAY else _months_later(start, -1)
            return first, _months_later(first, 1) - timedelta(days=1)
        case "quarter":
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            return first, _months_later(first, 3) - timedelta(days=1)
        case "year":
            return date(day.year, 1, 1), date(day.year, 12, 31)
        case "rolling-7d" | "rolling-30d" | "rolling-90d":
            days = int(name.removeprefix("rolling-").removesuffix("d"))
            return day - timedelta(days=days - 1), day


def _months_later(day: date, months: int) -> date:
    """The same day of the month, `months` later; the day must exist in every month."""
    count = 12 * day.year + day.month - 1 + months
    return date(count // 12, count % 12 + 1, day.day)


def series(bucket: Bucket, first_day: date, last_day: date) -> list[Window]:
    """The buckets that the days fall into, none left out; the first and last are cut to them."""
    found: list[Window] = []
    day = first_day
    while day <= last_day:
        window = window_at(bucket, day)
        found.append(
            Window(bucket, max(window.first_day, first_day), min(window.last_day, last_day))
        )
        day = window.last_day + timedelta(days=1)
    return found
