"""The reports as they were last looked at by a person, in each format.

In: the reports of `tests.unit.ratio.reports`. Out: the golden files beside this one;
`python -m tests.unit.ratio.golden` writes them anew, after which the difference wants reading.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.unit.ratio.report_reading import document, document_text, whole, workbook_text
from tests.unit.ratio.reports import a_report, an_empty_report

FOLDER = Path(__file__).parent
GOLDEN: Mapping[str, Callable[[], bytes]] = {
    "report.csv": lambda: whole(a_report(), "csv"),
    "report.json": lambda: whole(a_report(), "json"),
    "report.xlsx.txt": lambda: workbook_text(whole(a_report(), "xlsx")).encode(),
    "report.docx.txt": lambda: document_text(document(a_report())).encode(),
    "empty.csv": lambda: whole(an_empty_report(), "csv"),
    "empty.json": lambda: whole(an_empty_report(), "json"),
    "empty.xlsx.txt": lambda: workbook_text(whole(an_empty_report(), "xlsx")).encode(),
    "empty.docx.txt": lambda: document_text(document(an_empty_report())).encode(),
}
