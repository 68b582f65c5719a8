"""DOCX: the form of Nghị định 30/2020/NĐ-CP, and the template that makes it."""

import warnings
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Pt
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from services.ratio.domain.report import Office
from services.ratio.reports import docx, render
from services.ratio.reports.picture import trend_png
from services.ratio.reports.template import build
from tests.unit.ratio.report_reading import document, document_text, rows
from tests.unit.ratio.reports import a_report, an_empty_report, november

PNG = b"\x89PNG"


def test_paper_and_margins_are_those_of_the_decree() -> None:
    section = document(a_report()).sections[0]
    sizes = (section.page_width, section.page_height)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    # Word keeps twentieths of a point: 0.02 mm.
    for length, wanted in zip(sizes + margins, (210, 297, 20, 20, 30, 15), strict=True):
        assert length is not None
        assert length.mm == pytest.approx(wanted, abs=0.02)


def test_pages_are_numbered_on_top_from_the_second_on() -> None:
    section = document(a_report()).sections[0]
    assert section.different_first_page_header_footer
    number = section.header.paragraphs[0]
    assert number.alignment == ALIGN.CENTER
    assert [one.get(qn("w:instr")) for one in number._p.iter(qn("w:fldSimple"))] == ["PAGE"]
    assert not section.first_page_header.paragraphs[0].text


def test_all_text_is_times_new_roman_of_11_to_14_points() -> None:
    made = document(a_report())
    fonts = made.styles["Normal"].element.rPr.rFonts
    scripts = ("ascii", "hAnsi", "eastAsia", "cs")
    assert {fonts.get(qn(f"w:{script}")) for script in scripts} == {"Times New Roman"}
    assert not list(made.element.body.iter(qn("w:rFonts")))
    sizes = {int(one.get(qn("w:val"))) / 2 for one in made.element.body.iter(qn("w:sz"))}
    # 6 eighths of a point is the line of a border, kept under another name.
    assert sizes <= {11, 12, 13, 14}
    assert made.styles["Normal"].font.size == Pt(13)


def test_the_head_names_the_office_and_the_motto() -> None:
    office, motto = document(a_report()).tables[0].rows[0].cells
    assert office.text.replace("\u00a0", " ").split("\n") == [
        "UBND TỈNH THÁI NGUYÊN",
        "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH",
        "",
    ]
    assert motto.text.split("\n") == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "",
    ]


def test_an_office_with_none_above_it_leaves_no_empty_line() -> None:
    alone = Office("UBND tỉnh Thái Nguyên", None, "Thái Nguyên")
    office = document(a_report(office=alone)).tables[0].rows[0].cells[0]
    assert office.text.replace("\u00a0", " ").split("\n") == ["UBND TỈNH THÁI NGUYÊN", ""]


def test_january_is_written_with_a_zero_and_march_without() -> None:
    def date_line(month: int) -> str:
        made = document(a_report(made_at=a_report().made_at.replace(month=month)))
        return made.tables[0].rows[1].cells[1].text

    assert "tháng 01 năm 2026" in date_line(1)
    assert "tháng 3 năm 2026" in date_line(3)


def test_units_stand_in_a_table_whose_head_repeats() -> None:
    units = document(a_report()).tables[1]
    texts = [[cell.replace("\u00a0", " ") for cell in row] for row in rows(units)]
    assert texts[1] == [
        *("1", "Báo & Phát thanh, truyền hình", "320", "150", "92", "78"),
        *("24,4 %", "Vượt ngưỡng"),
    ]
    assert texts[-1][1:3] == ["Chung", "1.574"]
    repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in units.rows]
    assert repeated == [True] + [False] * 5


def test_the_trend_is_a_picture_with_words_for_who_cannot_see_it() -> None:
    made = document(a_report())
    pictures = made.element.body.xpath(".//wp:docPr")
    assert len(pictures) == 1
    assert (
        pictures[0]
        .get("descr")
        .replace("\u00a0", " ")
        .startswith("Biểu đồ tỉ lệ tin, bài tiêu cực theo thời gian, ngưỡng 15 %. 01/11: 6,3 %;")
    )
    assert made.inline_shapes[0].width <= docx.TEXT_WIDTH


def test_without_units_topics_and_trend_it_says_so() -> None:
    text = document_text(document(an_empty_report()))
    for sentence in (
        "Không có đơn vị nào trong phạm vi báo cáo.",
        "Không có tin, bài tiêu cực trong kỳ.",
        "Chưa có số liệu theo thời gian.",
    ):
        assert sentence in text
    assert "[hình]" not in text
    assert "{" not in text


def test_the_template_that_ships_is_the_one_that_the_module_makes() -> None:
    made = BytesIO()
    build().save(made)
    with ZipFile(made) as anew, ZipFile(docx.TEMPLATE) as shipped:
        assert anew.namelist() == shipped.namelist()
        for name in anew.namelist():
            assert anew.read(name) == shipped.read(name), name


def a_template(folder: Path, text: str) -> Path:
    """A template of an office's own, with nothing but `text`."""
    own = Document()
    own.add_paragraph(text)
    own.save(str(folder / "own.docx"))
    return folder / "own.docx"


def test_an_office_can_use_a_template_of_its_own(tmp_path: Path) -> None:
    own = a_template(tmp_path, "{{ window }}: {{ total.share }}")
    made = Document(BytesIO(b"".join(render(a_report(), "docx", own))))
    assert made.paragraphs[0].text.replace("\u00a0", " ") == "Tháng 11/2026: 13,7 %"


def test_a_template_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    own = a_template(tmp_path, "{{ windoww }}")
    with pytest.raises(UndefinedError, match="windoww"):
        list(render(a_report(), "docx", own))


def test_a_template_cannot_reach_into_the_program(tmp_path: Path) -> None:
    own = a_template(tmp_path, "{{ ''.__class__.__mro__ }}")
    with pytest.raises(SecurityError):
        list(render(a_report(), "docx", own))


@pytest.mark.parametrize("days", [1, 6, 7, 30])
def test_the_picture_shows_vietnamese_and_any_number_of_points(days: int) -> None:
    with warnings.catch_warnings():
        # A letter that the font lacks, or labels that do not fit, are warnings.
        warnings.simplefilter("error")
        assert trend_png(november(days), 0.15).read().startswith(PNG)
        assert trend_png(november()[6:7], 0.15).read().startswith(PNG)
