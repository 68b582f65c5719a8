"""An office's own Word template, tried before anybody asks for a report.

In: the file. Out: nothing, or TemplateInvalid. What only some figures bring forth it cannot find.
"""

from collections import deque
from datetime import UTC, date, datetime
from pathlib import Path

from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import NO_POSTS, Asked, Sums, measure
from services.ratio.domain.report import Closed, Office, Report, Scope, TrendPoint
from services.ratio.reports import docx
from shared.contracts import Counts, Window

_WINDOW = Window("month", date(2026, 11, 1), date(2026, 11, 30))
_MADE_AT = datetime(2026, 12, 1, tzinfo=UTC)
_ASKED = Asked("don-vi", "Đơn vị", DEFAULT, _MADE_AT)
_POSTS = Sums(Counts(tich_cuc=12, trung_tinh=5, tieu_cuc=3, total=20), pending=1, needs_review=1)
_TOTAL = measure(_ASKED, _WINDOW, _POSTS)

# All that a report may hold, and as little: a template says what to do in either case.
_FULL = Report(
    office=Office("Sở", "Ủy ban nhân dân tỉnh", "Thái Nguyên"),
    scope=Scope("province", "Toàn tỉnh"),
    window=_WINDOW,
    total=_TOTAL,
    units=(_TOTAL,),
    trend=(TrendPoint(_WINDOW.first_day, _WINDOW.last_day, _POSTS.counts),),
    topics={"tai_nan": 2},
    posts=(),
    models=("mo-hinh@1",),
    known_at=_MADE_AT,
    made_at=_MADE_AT,
    closed=Closed(_MADE_AT, "0" * 64, 1),
)
_EMPTY = Report(
    office=Office("Ủy ban nhân dân tỉnh", None, "Thái Nguyên"),
    scope=Scope("unit", "Đơn vị", "don-vi"),
    window=_WINDOW,
    total=measure(_ASKED, _WINDOW, NO_POSTS),
    units=(),
    trend=(),
    topics={},
    posts=(),
    models=(),
    known_at=_MADE_AT,
    made_at=_MADE_AT,
)


def try_template(template: Path) -> None:
    """Makes two reports and throws them away; takes a second. Raises docx.TemplateInvalid."""
    for report in (_FULL, _EMPTY):
        deque(docx.render(report, template), maxlen=0)
