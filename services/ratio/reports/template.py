"""The Word template of the report, made anew: `python -m services.ratio.reports.template`.

In: the form of Nghị định 30/2020/NĐ-CP, appendix I. Out: `templates/bao-cao.docx`. An office edits
a copy of that file in Word; this module makes the one that ships.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from docx import Document
from docx.document import Document as Page
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Length, Mm, Pt
from docx.table import _Cell  # pyright: ignore[reportPrivateUsage]
from docx.text.paragraph import Paragraph

from services.ratio.reports import page
from services.ratio.reports.docx import TEMPLATE, TEXT_WIDTH

# Fixed, so that the same module makes the same file.
_MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
_BETWEEN_PARAGRAPHS, _IN_CELLS = Pt(6), Pt(2)
_LEFT, _RIGHT = Mm(68), Mm(97)


class Column(NamedTuple):
    """A column of a table: its head, the field of a row that it shows, its width."""

    head: str
    field: str
    width: Length


_UNIT_COLUMNS = (
    Column("TT", "place", Mm(10)),
    Column("Đơn vị", "name", Mm(50)),
    Column("Tổng số", "total", Mm(16)),
    Column("Tích cực", "positive", Mm(16)),
    Column("Trung tính", "neutral", Mm(16)),
    Column("Tiêu cực", "negative", Mm(16)),
    Column("Tỉ lệ tiêu cực", "share", Mm(17)),
    Column("Tình trạng", "status", Mm(24)),
)
_TOPIC_COLUMNS = (
    Column("Chủ đề", "name", Mm(110)),
    Column("Số tin, bài", "posts", Mm(27)),
    Column("Tỉ trọng", "share", Mm(28)),
)


def build() -> Page:
    """The template as a document, with the tags that `docx.context` fills."""
    document = Document()
    page.set_page(document)
    page.set_styles(document)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Báo cáo", "", ""
    properties.created = properties.modified = _MADE_AT
    _head(document)
    _subject(document)
    _body(document)
    _foot(document)
    return document


def _head(document: Page) -> None:
    """Issuing office and number on the left; motto, place and date on the right."""
    table = page.add_table(document, 2, (_LEFT, _RIGHT), lines=False)
    page.set_padding(table, page.NO_SPACE)
    (office, motto), (number, place) = (row.cells for row in table.rows)
    page.write(office.paragraphs[0], "{%p if parent_in_head %}")
    page.write(office.add_paragraph(), "{{ parent_in_head }}", size=Pt(12))
    page.write(office.add_paragraph(), "{%p endif %}")
    page.write(office.add_paragraph(), "{{ office_in_head }}", size=Pt(12), bold=True)
    page.draw_line(office.add_paragraph(), Mm(24), _LEFT)
    republic = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    page.write(motto.paragraphs[0], republic, size=Pt(12), bold=True)
    page.write(motto.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", bold=True)
    # As long as the words above it.
    page.draw_line(motto.add_paragraph(), Mm(57), _RIGHT)
    page.write(number.paragraphs[0], "Số:         /BC-…", before=Pt(4))
    date = "{{ place }}, ngày       tháng {{ month }} năm {{ year }}"
    page.write(place.paragraphs[0], date, italic=True, before=Pt(4))


def _subject(document: Page) -> None:
    page.write(document.add_paragraph(), "BÁO CÁO", size=Pt(14), bold=True, before=Pt(18))
    about = (
        "Tỉ lệ tin, bài tiêu cực trên các kênh thông tin của {{ heading }}, {{ window_in_text }}"
    )
    page.write(document.add_paragraph(), about, size=Pt(14), bold=True)
    page.draw_line(document.add_paragraph(), Mm(50), TEXT_WIDTH)


def _body(document: Page) -> None:
    _text(document, "Căn cứ {{ source }};", italic=True)
    _text(document, "Căn cứ số liệu của hệ thống Cân Đối tính đến {{ known_at }},", italic=True)
    _text(document, "{{ office }} báo cáo kết quả như sau:")
    _heading(document, "I. KẾT QUẢ CHUNG")
    _each(document, "overview")
    _text(document, "Quy tắc áp dụng: {{ rule }}.")
    _heading(document, "II. KẾT QUẢ CỦA TỪNG ĐƠN VỊ")
    _units(document)
    _heading(document, "III. CHỦ ĐỀ CỦA TIN, BÀI TIÊU CỰC")
    _topics(document)
    _heading(document, "IV. XU HƯỚNG")
    _trend(document)
    _heading(document, "V. ĐÁNH GIÁ")
    _each(document, "findings")
    _text(document, "Chốt số liệu: {{ closed }}.")
    _text(document, "Danh sách tin, bài tiêu cực có trong bản XLSX và bản CSV của báo cáo này.")
    _text(document, "Trên đây là báo cáo của {{ office }}./.")


def _units(document: Page) -> None:
    _when(document, "units")
    sums = ["", "Chung", *(f"{{{{ total.{column.field} }}}}" for column in _UNIT_COLUMNS[2:])]
    _table(document, _UNIT_COLUMNS, ("unit", "units"), left=1, sums=sums)
    _otherwise(document, "Không có đơn vị nào trong phạm vi báo cáo.")


def _topics(document: Page) -> None:
    _when(document, "topics")
    _table(document, _TOPIC_COLUMNS, ("topic", "topics"), left=0)
    _otherwise(document, "Không có tin, bài tiêu cực trong kỳ.")


def _trend(document: Page) -> None:
    _when(document, "trend")
    picture = page.write(document.add_paragraph(), "{{ trend }}", before=_BETWEEN_PARAGRAPHS)
    picture.paragraph_format.keep_with_next = True
    caption = "Tỉ lệ tin, bài tiêu cực theo thời gian, {{ window_in_text }}"
    page.write(document.add_paragraph(), caption, size=Pt(12), italic=True)
    _otherwise(document, "Chưa có số liệu theo thời gian.")


def _foot(document: Page) -> None:
    """Recipients on the left, signature on the right, on one page."""
    document.add_paragraph()
    table = page.add_table(document, 1, (Mm(70), Mm(95)), lines=False)
    page.set_padding(table, page.NO_SPACE)
    left, right = table.rows[0].cells
    page.write(
        left.paragraphs[0], "Nơi nhận:", size=Pt(12), bold=True, italic=True, align=ALIGN.LEFT
    )
    for line in ("- Ủy ban nhân dân tỉnh (để báo cáo);", "- Các đơn vị tại mục II;", "- Lưu: VT."):
        page.write(left.add_paragraph(), line, size=Pt(11), align=ALIGN.LEFT)
    page.write(right.paragraphs[0], "QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ", bold=True)
    page.write(right.add_paragraph(), "Họ và tên", bold=True, before=Pt(72))


def _heading(document: Page, text: str) -> None:
    form = _text(document, text, bold=True).paragraph_format
    # Tables have no space before them of their own.
    form.space_after, form.keep_with_next = Pt(4), True


def _text(document: Page, text: str, *, bold: bool = False, italic: bool = False) -> Paragraph:
    return page.write(
        document.add_paragraph(),
        text,
        bold=bold,
        italic=italic,
        align=ALIGN.JUSTIFY,
        before=_BETWEEN_PARAGRAPHS,
        indent=page.INDENT,
    )


def _each(document: Page, name: str) -> None:
    """A paragraph for each of the sentences under `name`."""
    _text(document, f"{{%p for sentence in {name} %}}")
    _text(document, "{{ sentence }}")
    _text(document, "{%p endfor %}")


def _when(document: Page, name: str) -> None:
    document.add_paragraph(f"{{%p if {name} %}}")


def _otherwise(document: Page, text: str) -> None:
    document.add_paragraph("{%p else %}")
    _text(document, text)
    document.add_paragraph("{%p endif %}")


def _table(
    document: Page,
    columns: Sequence[Column],
    each: tuple[str, str],
    *,
    left: int,
    sums: Sequence[str] = (),
) -> None:
    """A ruled table with a row for `each`; the column `left` is flush left under its head."""
    row, rows = each
    fields = [f"{{{{ {row}.{column.field} }}}}" for column in columns]
    lines = [[column.head for column in columns], [f"{{%tr for {row} in {rows} %}}"], fields]
    lines += [["{%tr endfor %}"], *([sums] if sums else [])]
    table = page.add_table(document, len(lines), [column.width for column in columns], lines=True)
    page.set_padding(table, Mm(1.2))
    page.repeat(table.rows[0])
    for number, (line, texts) in enumerate(zip(table.rows, lines, strict=True)):
        # A row that holds only a tag has one text.
        for place, (cell, text) in enumerate(zip(line.cells, texts, strict=False)):
            align = ALIGN.LEFT if number and place == left else ALIGN.CENTER
            _write_cell(cell, text, texts in (lines[0], sums), align)


def _write_cell(cell: _Cell, text: str, bold: bool, align: ALIGN) -> None:
    cell.vertical_alignment = VERTICAL.CENTER
    paragraph = page.write(
        cell.paragraphs[0], text, size=Pt(12), bold=bold, align=align, before=_IN_CELLS
    )
    paragraph.paragraph_format.space_after = _IN_CELLS


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    build().save(str(TEMPLATE))
