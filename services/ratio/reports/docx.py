"""A report as a Word document in the form of Nghị định 30/2020/NĐ-CP.

In: a report, and the template that the office edits in Word. Out: the document. The names between
`{{ }}` in the template are the keys of `context`; the posts themselves are left to XLSX and CSV.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from services.ratio.domain.report import Report
from services.ratio.reports import tables, words
from services.ratio.reports.chunks import file_chunks
from services.ratio.reports.findings import findings, overview
from shared.contracts import Ratio
from shared.local_time import local_day

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEMPLATE = Path(__file__).with_name("templates") / "bao-cao.docx"
# What the margins leave of A4.
TEXT_WIDTH = Mm(165)
TITLE = "Báo cáo tỉ lệ tin, bài tiêu cực"


class TemplateInvalid(Exception):
    """No report can be made with the template; the message says which file and why."""

    def __init__(self, template: Path, fault: str) -> None:
        super().__init__(f"{template}: {fault}")
        self.template, self.fault = template, fault


def render(report: Report, template: Path) -> Iterator[bytes]:
    """The document in pieces. Raises TemplateInvalid before the first of them."""
    shown, trend = context(report), _trend(report)
    try:
        made = _fill(template, shown, trend, report)
    except Exception as error:  # What comes from outside may fail in any way.
        raise TemplateInvalid(template, _fault(error)) from error
    yield from file_chunks(made)


def _fill(
    template: Path, shown: Mapping[str, Any], trend: BytesIO | None, report: Report
) -> BytesIO:
    document = DocxTemplate(template)
    picture = trend and InlineImage(document, trend, width=TEXT_WIDTH)
    # The template comes from outside: it may show what it is given, and do nothing else. What is
    # shown is escaped, since a unit may be called "A & B".
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    document.render({**shown, "trend": picture}, environment)
    _describe(document, report)
    made = BytesIO()
    document.save(made)
    made.seek(0)
    return made


def _fault(error: Exception) -> str:
    """What is wrong, in one line, whatever the library says."""
    match error:
        case TemplateError():
            # Its text would show the lines around, which in a document are marks of Word.
            said = error.message
        case OSError():
            said = error.strerror
        case _:
            said = str(error)
    return " ".join((said or repr(error)).split())


def context(report: Report) -> dict[str, Any]:
    """What the template can show; beside it `trend`, the picture or None."""
    made_on = local_day(report.made_at)
    window = words.window(report.window)
    return {
        "office": words.plain(report.office.name),
        "office_in_head": _in_head(report.office.name),
        "parent_in_head": _in_head(report.office.parent_name or ""),
        "place": words.plain(report.office.place),
        # The decree wants a zero before the days under 10 and the months 1 and 2 only.
        "month": f"{made_on.month:02d}" if made_on.month <= 2 else str(made_on.month),
        "year": str(made_on.year),
        "heading": words.plain(report.scope.heading),
        "window": window,
        "window_in_text": window[0].lower() + window[1:],
        "source": words.plain(report.total.policy.source),
        "rule": words.rule(report.total.policy),
        "policy_id": report.total.policy.policy_id,
        "overview": overview(report),
        "units": [_row(place, unit) for place, unit in enumerate(report.units, 1)],
        "total": _row(0, report.total),
        "topics": [
            {"name": name, "posts": words.number(posts), "share": words.percent(share)}
            for name, posts, share in tables.topic_rows(report)
        ],
        "findings": findings(report),
        "known_at": words.instant(report.known_at),
        "made_at": words.instant(report.made_at),
        "closed": words.closed(report.closed),
        "models": ", ".join(map(words.plain, report.models)),
    }


def _in_head(name: str) -> str:
    """A name in capitals; its last two words stay together, so that none stands alone."""
    return words.NO_BREAK.join(words.plain(name).upper().rsplit(" ", 1))


def _row(place: int, ratio: Ratio) -> dict[str, str]:
    counts = ratio.counts
    return {
        "place": str(place),
        "name": words.plain(ratio.name),
        "total": words.number(counts.total),
        "positive": words.number(counts.tich_cuc),
        "neutral": words.number(counts.trung_tinh),
        "negative": words.number(counts.tieu_cuc),
        "share": words.share(ratio),
        "status": words.status(ratio),
    }


def _trend(report: Report) -> BytesIO | None:
    if not report.trend:
        return None
    from services.ratio.reports.picture import trend_png  # see there

    return trend_png(report.trend, report.total.policy.limit)


def _describe(document: DocxTemplate, report: Report) -> None:
    """Properties that Word shows, and what a screen reader says of the picture."""
    properties = document.docx.core_properties
    properties.title = f"{TITLE}, {words.window(report.window)}"
    properties.author = words.plain(report.office.name)
    properties.created = properties.modified = report.made_at
    for picture in document.docx.element.body.xpath(".//wp:docPr"):
        picture.set("descr", _trend_in_words(report))


def _trend_in_words(report: Report) -> str:
    shares = "; ".join(
        f"{words.bucket(point)}: "
        + (words.percent(point.counts.tieu_cuc / point.counts.total) if point.counts.total else "-")
        for point in report.trend
    )
    limit = words.limit(report.total.policy.limit)
    return f"Biểu đồ tỉ lệ tin, bài tiêu cực theo thời gian, ngưỡng {limit}. {shares}"
