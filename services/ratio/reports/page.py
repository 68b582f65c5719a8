"""What python-docx lacks for a page in the form of Nghị định 30/2020/NĐ-CP.

In: a new document. Out: styles, margins, lines, tables and page numbers as the decree wants them.
"""

from collections.abc import Sequence
from typing import Any, cast

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement  # pyright: ignore[reportUnknownVariableType]
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table, _Row  # pyright: ignore[reportPrivateUsage]
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
TEXT_SIZE, NO_SPACE = Pt(13), Pt(0)
INDENT = Mm(10)
# The decree allows 20 to 25, 20 to 25, 30 to 35, 15 to 20 mm.
TOP, BOTTOM, LEFT, RIGHT = Mm(20), Mm(20), Mm(30), Mm(15)


def xml_of(part: Any) -> Any:
    """The element under a part of the document, for what python-docx has no name for."""
    return part._element


def element(tag: str, **attributes: str) -> Any:
    """A `w:` element with `w:` attributes."""
    made = cast(Any, OxmlElement(f"w:{tag}"))
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def set_page(document: Document) -> None:
    """A4 upright with the decree's margins; page numbers centred on top, none on the first."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = ALIGN.CENTER
    field = element("fldSimple", instr="PAGE")
    # What stands in the field until Word has counted.
    field.append(xml_of(number.add_run("2")))
    xml_of(number).append(field)


def set_styles(document: Document) -> None:
    """One font for all scripts, single lines, Vietnamese as the language that Word checks."""
    for name in ("Normal", "Header"):
        style: Any = document.styles[name]
        style.font.name, style.font.size = FONT, TEXT_SIZE
        style.paragraph_format.space_after = style.paragraph_format.space_before = NO_SPACE
        style.paragraph_format.line_spacing = 1.0
        properties = style.element.get_or_add_rPr()
        for script in ("eastAsia", "cs"):
            properties.find(qn("w:rFonts")).set(qn(f"w:{script}"), FONT)
        properties.append(element("lang", val="vi-VN", eastAsia="vi-VN"))


def write(
    paragraph: Paragraph,
    text: str,
    *,
    size: Length = TEXT_SIZE,
    bold: bool = False,
    italic: bool = False,
    align: ALIGN = ALIGN.CENTER,
    before: Length = NO_SPACE,
    indent: Length | None = None,
) -> Paragraph:
    """Write `text` as one run (a tag may not be split over two) and set the paragraph's form."""
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = size, bold, italic
    form = paragraph.paragraph_format
    form.alignment, form.space_before, form.first_line_indent = align, before, indent
    return paragraph


def draw_line(paragraph: Paragraph, width: Length, within: Length) -> None:
    """A thin line of `width`, in the middle of a column `within` wide, as a paragraph's border."""
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Length((within - width) // 2)
    form.line_spacing, form.space_before = Pt(4), Pt(2)
    borders = element("pBdr")
    borders.append(element("top", val="single", sz="6", space="0", color="000000"))
    # The schema wants the border before spacing and indents.
    xml_of(paragraph).pPr.find(qn("w:spacing")).addprevious(borders)


def add_table(document: Document, rows: int, widths: Sequence[Length], *, lines: bool) -> Table:
    """A table with fixed columns, in the middle of the text; with lines or without."""
    table = document.add_table(rows, len(widths), "Table Grid" if lines else None)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        # No row breaks over two pages.
        xml_of(row).get_or_add_trPr().append(element("cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    return table


def repeat(row: _Row) -> None:
    """The row stands again on top of every page that the table reaches."""
    xml_of(row).get_or_add_trPr().append(element("tblHeader"))


def set_padding(table: Table, sides: Length) -> None:
    """The space left and right in every cell."""
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=str(round(sides.pt * 20)), type="dxa"))
    xml_of(table).tblPr.find(qn("w:tblLook")).addprevious(margins)
