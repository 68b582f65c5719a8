"""The province at a glance, for a terminal of 80 columns or more.

In: ratios. Out: a title and a table; colours only where the console has them.
"""

from collections.abc import Container, Sequence
from datetime import date

from rich.table import Table
from rich.text import Text

from shared.contracts import Ratio, RatioStatus, Window

# The bar reaches the mark at the limit, and its end at twice the limit.
CELLS_TO_LIMIT = 6
BLOCKS = " ▏▎▍▌▋▊▉█"
NO_SHARE = "–"

STATUS: dict[RatioStatus, tuple[str, str]] = {
    "ok": ("đạt", "green"),
    "warning": ("cảnh báo", "yellow"),
    "breach": ("vượt ngưỡng", "bold red"),
    "insufficient": ("chưa đủ tin", "dim"),
}
"""What a status is called, and its style."""


def title(window: Window, today: date) -> str:
    """What the table shows, e.g. `... Tháng 11/2026, từ 01/11/2026 đến 25/11/2026`."""
    last_day = min(window.last_day, today)
    name = f"Tháng {window.first_day:%m/%Y}" if window.name == "month" else "30 ngày qua"
    days = f"từ {window.first_day:%d/%m/%Y} đến {last_day:%d/%m/%Y}"
    return f"Tỉ lệ tin tiêu cực của các đơn vị. {name}, {days}"


def province_table(ratios: Sequence[Ratio], over: Container[str]) -> Table:
    """A row for each unit, in the order given; ended ones (`over`) only if they have posts."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Đơn vị")
    for heading in ("Tích\ncực", "Trung\ntính", "Tiêu\ncực", "Tổng", "Tỉ lệ"):
        table.add_column(heading, justify="right", no_wrap=True)
    limits = sorted({percent(ratio.policy.limit, digits=0) for ratio in ratios})
    # The figure stands over the mark of the bars.
    table.add_column(f"So với ngưỡng\n{' / '.join(limits):^13}", no_wrap=True)
    table.add_column("Trạng thái", no_wrap=True)
    for ratio in ratios:
        if ratio.counts.total or ratio.unit_id not in over:
            table.add_row(*_row(ratio))
    return table


def _row(ratio: Ratio) -> tuple[str | Text, ...]:
    counts, share = ratio.counts, ratio.negative_share
    name, style = STATUS[ratio.status]
    if ratio.status == "breach" and not ratio.status_is_sure:
        # So few posts that chance alone may have brought it there.
        name = "có lẽ vượt"
    numbers = (counts.tich_cuc, counts.trung_tinh, counts.tieu_cuc, counts.total)
    drawn = "" if share is None else bar(share / ratio.policy.limit)
    return (
        Text(ratio.name),
        *map(str, numbers),
        NO_SHARE if share is None else percent(share),
        Text(drawn, style),
        Text(name, style),
    )


def percent(share: float, digits: int = 1) -> str:
    """A share in 0..1 as Vietnamese write it, e.g. `12,5 %`."""
    return f"{share * 100:.{digits}f} %".replace(".", ",")


def bar(of_limit: float) -> str:
    """A bar with a mark at the limit; `of_limit` is 1 there, and what is over 2 looks like 2."""
    below = _blocks(min(of_limit, 1.0))
    above = _blocks(min(max(of_limit - 1.0, 0.0), 1.0))
    return f"{below}│{above}"


def _blocks(part: float) -> str:
    """`part` (0..1) of the cells up to the limit, in eighths of a cell."""
    whole, eighths = divmod(round(part * CELLS_TO_LIMIT * 8), 8)
    rest = BLOCKS[eighths] if eighths else ""
    return ("█" * whole + rest).ljust(CELLS_TO_LIMIT)
