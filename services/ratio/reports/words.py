"""Figures, days and statuses in the words of a Vietnamese office.

In: values of a report. Out: text in Vietnamese, NFC, numbers and dates as the office writes them.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from services.ratio.domain.report import Closed, TrendPoint
from shared.contracts import (
    AppliedPolicy,
    Label,
    NegativeTopic,
    Ratio,
    RatioStatus,
    Window,
)
from shared.local_time import LOCAL_ZONE

LABELS: Mapping[Label, str] = {
    "tich_cuc": "Tích cực",
    "trung_tinh": "Trung tính",
    "tieu_cuc": "Tiêu cực",
}
TOPICS: Mapping[NegativeTopic, str] = {
    "toi_pham": "Tội phạm, xử án, bạo lực, tệ nạn xã hội",
    "tai_nan": "Tai nạn, thiên tai, dịch bệnh, ngộ độc, ô nhiễm",
    "sai_pham": "Tham nhũng, sai phạm, dịch vụ kém, khiếu kiện, tranh chấp",
    "giat_gan": "Giật gân, phản cảm, đời tư",
    "sai_su_that": "Sai sự thật, tin đồn",
    "khac": "Chiến sự, thiệt hại kinh tế và tác hại khác",
}
NO_TOPIC = "Chưa rõ chủ đề"
_STATUSES: Mapping[RatioStatus, str] = {
    "ok": "Đạt",
    "warning": "Cảnh báo",
    "breach": "Vượt ngưỡng",
    "insufficient": "Chưa đủ tin",
}
PROBABLY_IN_BREACH = "Có lẽ vượt ngưỡng"
_QUARTERS = ("I", "II", "III", "IV")
# What XML cannot hold, or what Word and Excel would show as a box or a new paragraph.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 65534, 65535), " ")
# A number and its unit never part at the end of a line.
NO_BREAK = "\u00a0"


def plain(text: str) -> str:
    """The text in one line: NFC, without control characters and lone surrogates."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", sound).translate(_CONTROLS).strip()


def number(value: int) -> str:
    """1234 is `1.234`."""
    return f"{value:,}".replace(",", ".")


def percent(share: float, decimals: int = 1) -> str:
    """0.125 is `12,5 %`; halves go up, as spreadsheets have it."""
    shown = (100 * Decimal(repr(share))).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    return f"{shown}".replace(".", ",") + f"{NO_BREAK}%"


def limit(share: float) -> str:
    """A limit of a policy without needless zeros: 0.15 is `15 %`."""
    return f"{100 * share:.4g}".replace(".", ",") + f"{NO_BREAK}%"


def share(ratio: Ratio) -> str:
    """The negative share; a dash without posts.

    What is below the limit never reads as if it had reached it: 14.97 % would be `15,0 %`.
    """
    value, bound = ratio.negative_share, ratio.policy.limit
    if value is None:
        return "-"
    if value < bound and percent(value) == percent(bound):
        return percent(ratio.counts.tieu_cuc * 10_000 // ratio.counts.total / 10_000, 2)
    return percent(value)


def status(ratio: Ratio) -> str:
    """The status; a breach that one cannot swear by is told apart from one that one can."""
    if ratio.status == "breach" and not ratio.status_is_sure:
        return PROBABLY_IN_BREACH
    return _STATUSES[ratio.status]


def day(value: date) -> str:
    """`20/11/2026`."""
    return f"{value:%d/%m}/{value.year:04d}"


def instant(value: datetime) -> str:
    """`08:00 ngày 01/12/2026`, in Asia/Ho_Chi_Minh."""
    local = value.astimezone(LOCAL_ZONE)
    return f"{local:%H:%M} ngày {day(local.date())}"


def window(value: Window) -> str:
    """The window as a heading: `Tháng 11/2026`, `Quý IV/2026`, `Từ ... đến ...`."""
    first, last = value.first_day, value.last_day
    match value.name:
        case "day":
            return f"Ngày {day(first)}"
        case "week":
            return f"Tuần {first.isocalendar().week}/{first.isocalendar().year} ({_days(value)})"
        case "month":
            return f"Tháng {first:%m}/{first.year}"
        case "report-month":
            return f"Tháng báo cáo {day(first)} - {day(last)}"
        case "quarter":
            return f"Quý {_QUARTERS[(first.month - 1) // 3]}/{first.year}"
        case "year":
            return f"Năm {first.year}"
        case "rolling-7d" | "rolling-30d" | "rolling-90d":
            return f"{(last - first).days + 1} ngày đến {day(last)} ({_days(value)})"
        case None:
            return f"Ngày {day(first)}" if first == last else f"Từ {day(first)} đến {day(last)}"


def _days(value: Window) -> str:
    """Both ends, the year of the first only if it differs."""
    first, last = value.first_day, value.last_day
    return (
        f"{first:%d/%m} - {day(last)}" if first.year == last.year else f"{day(first)} - {day(last)}"
    )


def bucket(point: TrendPoint) -> str:
    """A point of the trend, as short as an axis wants it."""
    first, last = point.first_day, point.last_day
    if first == last:
        return f"{first:%d/%m}"
    whole_month = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole_month and first.month == last.month:
        return f"{first:%m}/{first.year}"
    return f"{first:%d/%m} - {last:%d/%m}"


def rule(policy: AppliedPolicy) -> str:
    """What the posts were measured by."""
    return (
        f"Tin, bài tiêu cực phải dưới {limit(policy.limit)} tổng số tin, bài; cảnh báo từ "
        f"{limit(policy.warn_at)}; chỉ xét khi có từ {number(policy.min_total)} tin, bài trở lên "
        f"({plain(policy.source)})"
    )


def closed(value: Closed | None) -> str:
    """Whether the figures are frozen, by which digest, and what came since."""
    if value is None:
        return "Chưa chốt"
    later = (
        f"{number(value.corrections)} đính chính" if value.corrections else "không có đính chính"
    )
    return f"Đã chốt lúc {instant(value.closed_at)}, sau đó {later} (SHA256 {value.digest})"
