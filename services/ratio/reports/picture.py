"""The trend as a picture for a printed report.

In: the points of a trend and the limit. Out: a PNG. Imported only when a DOCX is made: matplotlib
takes a second and tens of megabytes that no other request should pay.
"""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, nan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from services.ratio.domain.report import TrendPoint, share_of
from services.ratio.reports import words

# As wide as the text of a page, 165 mm; sharp enough for print.
_INCHES = (6.5, 3.0)
_DOTS_PER_INCH = 200
# More labels would run into each other.
_LABELS_MAX = 12


def trend_png(points: Sequence[TrendPoint], limit: float) -> BytesIO:
    """Share of each bucket, and the limit as a line; a bucket without posts leaves a gap."""
    # Without pyplot, which keeps every figure in a global list; a PNG is drawn by Agg.
    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    shares = [share_of(point.counts) for point in points]
    axes.plot(
        range(len(points)),
        [nan if share is None else share for share in shares],
        color="black",
        marker="o",
        markersize=3.5,
        linewidth=1.3,
        label="Tỉ lệ tiêu cực",
    )
    axes.axhline(
        limit, color="#B00020", linestyle="--", linewidth=1.3, label=f"Ngưỡng {words.limit(limit)}"
    )
    # Room above the highest of all, so that the line of the limit is never the frame.
    axes.set_ylim(0, min(1.02, 1.25 * max(limit, *(share or 0 for share in shares))))
    _label(axes, points)
    png = BytesIO()
    figure.savefig(png, format="png", metadata={"Software": None})
    png.seek(0)
    return png


def _label(axes: Axes, points: Sequence[TrendPoint]) -> None:
    step = ceil(len(points) / _LABELS_MAX)
    places = list(range(0, len(points), step))
    labels = [words.bucket(points[place]) for place in places]
    # Ranges of days are long: they stand aslant.
    aslant = len(places) > 4 and max(map(len, labels)) > 7
    axes.set_xticks(places, labels, rotation=30 if aslant else 0, fontsize=8)
    if aslant:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.limit(value)))
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(axis="y", linewidth=0.4, color="#BBBBBB")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2, fontsize=8, frameon=False)
