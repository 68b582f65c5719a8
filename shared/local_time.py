"""The province's calendar: which local day an instant falls on.

In: instants with a zone. Out: days in Asia/Ho_Chi_Minh, the only calendar that candoi counts in.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local_day(instant: datetime) -> date:
    """The day in Asia/Ho_Chi_Minh on which `instant` (with zone) falls."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(LOCAL_ZONE).date()


def utc_now() -> datetime:
    """The current instant in UTC, in microseconds."""
    return datetime.now(UTC)


def day_start(day: date) -> datetime:
    """The first instant of the local day. Days before 1900 and after 9000 are none of ours."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)
