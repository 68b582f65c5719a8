"""DOCX: the form of Nghị định 30/2020/NĐ-CP, and the template that makes it."""

import os
import subprocess
import sys
import warnings
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Pt

from services.ratio.domain.report import Office
from services.ratio.reports import docx, render
from services.ratio.reports.docx import TemplateInvalid
from services.ratio.reports.picture import trend_png
from services.ratio.reports.template import build
from services.ratio.reports.trial import try_template
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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ windoww }}", "'windoww' is undefined"),
        ("{{ total.shares }}", "has no attribute 'shares'"),
        ("{% if window %}", "Unexpected end of template"),
        ("{{ window }", "unexpected '}'"),
        ("{{ window + 1 }}", "can only concatenate str"),
        # It cannot reach into the program.
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' .* is unsafe"),
    ],
)
def test_a_template_that_makes_no_report_is_refused_in_one_line(
    tmp_path: Path, text: str, fault: str
) -> None:
    own = a_template(tmp_path, text)
    with pytest.raises(TemplateInvalid, match=rf"^{own}: .*{fault}[^\n<]*$"):
        list(render(a_report(), "docx", own))


@pytest.mark.parametrize("content", [None, b"", b"no Word file", b"PK\x05\x06" + bytes(18)])
def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "own.docx"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(TemplateInvalid, match=rf"^{own}: [^\n]+$"):
        list(render(a_report(), "docx", own))


def test_the_trial_passes_the_template_that_ships_and_one_with_each_of_its_names(
    tmp_path: Path,
) -> None:
    try_template(docx.TEMPLATE)
    names = [*docx.context(a_report()), "trend"]
    try_template(a_template(tmp_path, " ".join(f"{{{{ {name} }}}}" for name in names)))


@pytest.mark.parametrize("shown_if", ["units", "not units", "trend", "not trend", "topics"])
def test_the_trial_finds_a_fault_that_only_some_reports_meet(tmp_path: Path, shown_if: str) -> None:
    own = a_template(tmp_path, f"{{% if {shown_if} %}}{{{{ windoww }}}}{{% endif %}}")
    with pytest.raises(TemplateInvalid, match="windoww"):
        try_template(own)


def test_a_bad_template_ends_the_service_with_one_line_that_names_the_setting(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "tên có\nxuống dòng"
    folder.mkdir()
    own = a_template(folder, "{{ windoww }}")
    ran = subprocess.run(
        [sys.executable, "-m", "services.ratio"],
        env={**os.environ, "CANDOI_RATIO_REPORT_TEMPLATE": str(own)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    place = f"{tmp_path}/tên có xuống dòng/own.docx"
    told = f"CANDOI_RATIO_REPORT_TEMPLATE: {place}: 'windoww' is undefined\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", told)


@pytest.mark.parametrize("days", [1, 6, 7, 30])
def test_the_picture_shows_vietnamese_and_any_number_of_points(days: int) -> None:
    with warnings.catch_warnings():
        # A letter that the font lacks, or labels that do not fit, are warnings.
        warnings.simplefilter("error")
        assert trend_png(november(days), 0.15).read().startswith(PNG)
        assert trend_png(november()[6:7], 0.15).read().startswith(PNG)
