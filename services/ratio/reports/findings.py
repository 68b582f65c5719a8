"""What a report concludes, in sentences that an office can sign or change.

In: a report. Out: Vietnamese sentences; a likely breach is never told as a certain one.
"""

from collections.abc import Iterator, Sequence

from services.ratio.domain.report import Report
from services.ratio.reports import words
from shared.contracts import Ratio

# More names than these make no sentence; the table has all.
NAMES_MAX = 10


def overview(report: Report) -> list[str]:
    """What was counted, in all."""
    total, counts = report.total, report.total.counts
    if not counts.total:
        return ["Trong kỳ không có tin, bài nào được đăng tải, chia sẻ trên các kênh đã đăng ký."]
    return [
        f"Trong kỳ có {words.number(counts.total)} tin, bài được đăng tải, chia sẻ trên các kênh "
        f"đã đăng ký, gồm {words.number(counts.tich_cuc)} tin tích cực, "
        f"{words.number(counts.trung_tinh)} tin trung tính, {words.number(counts.tieu_cuc)} tin "
        f"tiêu cực. Tỉ lệ tiêu cực là {words.share(total)}{_interval(total)}; ngưỡng quy định là "
        f"dưới {words.limit(total.policy.limit)}.",
        "Thông tin tích cực là chủ đạo."
        if total.positive_dominant
        else "Thông tin tích cực chưa phải là chủ đạo.",
    ]


def findings(report: Report) -> list[str]:
    """How the scope and its units stand, and how far the figures can be relied on."""
    sentences = [_standing(report.total), *_units(report), *_open_ends(report)]
    return [sentence for sentence in sentences if sentence]


def _interval(ratio: Ratio) -> str:
    if ratio.negative_share_ci is None:
        return ""
    low, high = ratio.negative_share_ci
    return f" (khoảng tin cậy 95{words.NO_BREAK}%: {words.percent(low)} - {words.percent(high)})"


def _standing(ratio: Ratio) -> str:
    """The status of the whole scope, and what is left to the limit."""
    name = words.status(ratio).lower()
    match ratio.status:
        case "insufficient":
            return (
                f"Số tin, bài trong kỳ chưa đủ để xét ({words.number(ratio.counts.total)}; cần từ "
                f"{words.number(ratio.policy.min_total)})."
            )
        case "breach":
            return (
                f"Tỉ lệ chung {name}{_probability(ratio)}; cần thêm ít nhất "
                f"{words.number(-ratio.posts_to_limit)} tin, bài không tiêu cực để trở về dưới "
                "ngưỡng."
            )
        case "warning":
            return (
                f"Tỉ lệ chung ở mức cảnh báo (từ {words.limit(ratio.policy.warn_at)}); còn được "
                f"tối đa {words.number(ratio.posts_to_limit)} tin, bài tiêu cực nữa trước khi "
                "chạm ngưỡng."
            )
        case "ok":
            return "Tỉ lệ chung đạt yêu cầu."


def _probability(ratio: Ratio) -> str:
    if ratio.status_is_sure or ratio.over_limit_probability is None:
        return ""
    return f" (xác suất {words.percent(ratio.over_limit_probability, 0)})"


def _units(report: Report) -> Iterator[str]:
    """Which units are over the limit, which probably, which near it, and how many the others."""
    if report.scope.kind == "unit" or not report.units:
        return
    breaches = [unit for unit in report.units if unit.status == "breach"]
    sure = [unit for unit in breaches if unit.status_is_sure]
    yield _named("vượt ngưỡng", sure)
    yield _named("có lẽ vượt ngưỡng", [unit for unit in breaches if not unit.status_is_sure])
    yield _named("ở mức cảnh báo", [unit for unit in report.units if unit.status == "warning"])
    fine = sum(unit.status == "ok" for unit in report.units)
    few = sum(unit.status == "insufficient" for unit in report.units)
    yield (
        f"Trong {words.number(len(report.units))} đơn vị có {words.number(fine)} đơn vị đạt yêu "
        f"cầu, {words.number(few)} đơn vị chưa đủ tin, bài để xét."
    )


def _named(standing: str, units: Sequence[Ratio]) -> str:
    if not units:
        return ""
    named = [f"{words.plain(unit.name)} ({words.share(unit)})" for unit in units[:NAMES_MAX]]
    more = len(units) - len(named)
    others = f" và {words.number(more)} đơn vị khác" if more else ""
    return f"Có {words.number(len(units))} đơn vị {standing}: {', '.join(named)}{others}."


def _open_ends(report: Report) -> Iterator[str]:
    """What may still move the figures, and who set the labels."""
    total = report.total
    if total.pending or total.needs_review:
        yield (
            f"Còn {words.number(total.pending)} tin, bài chưa phân loại và "
            f"{words.number(total.needs_review)} tin, bài cần người duyệt lại."
        )
    silent = sum(len(unit.silent_channels) for unit in report.units)
    if silent:
        yield f"Có {words.number(silent)} kênh đăng tin đều đặn trước đó nhưng đã ngừng đăng."
    if report.models:
        names = ", ".join(map(words.plain, report.models))
        yield (
            f"Nhãn của tin, bài do mô hình máy học gán tự động ({names}); nhãn do người duyệt đặt "
            "được ưu tiên."
        )
