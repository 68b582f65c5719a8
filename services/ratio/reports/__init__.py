"""Reports out: one frozen report in the format that the reader asked for.

In: a report. Out: its bytes in pieces, their media type, a file name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from services.ratio.domain.report import Report
from services.ratio.reports import csv, docx, json, xlsx

ReportFormat = Literal["json", "csv", "xlsx", "docx"]

MEDIA_TYPES: dict[ReportFormat, str] = {
    "json": json.MEDIA_TYPE,
    "csv": csv.MEDIA_TYPE,
    "xlsx": xlsx.MEDIA_TYPE,
    "docx": docx.MEDIA_TYPE,
}


def render(
    report: Report, report_format: ReportFormat, template: Path | None = None
) -> Iterator[bytes]:
    """The report in pieces. `template`: the office's own Word file, if it has one."""
    match report_format:
        case "json":
            return json.render(report)
        case "csv":
            return csv.render(report)
        case "xlsx":
            return xlsx.render(report)
        case "docx":
            return docx.render(report, template or docx.TEMPLATE)


def file_name(report: Report, report_format: ReportFormat) -> str:
    """Such as `ty-le-tieu-cuc-2026-11-01-2026-11-30.xlsx`, in ASCII; a unit's has its id."""
    window, unit_id = report.window, report.scope.unit_id
    about = "ty-le-tieu-cuc" if unit_id is None else f"ty-le-tieu-cuc-{unit_id}"
    return f"{about}-{window.first_day}-{window.last_day}.{report_format}"
