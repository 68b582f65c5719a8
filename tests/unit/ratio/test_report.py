"""What holds of a report in every format."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest

from services.ratio.domain.report import ReportPost, Scope, share_of, worst_first
from services.ratio.reports import MEDIA_TYPES, ReportFormat, file_name, render
from services.ratio.reports.chunks import CHUNK_BYTES, joined
from shared.contracts import Window
from tests.unit.ratio.golden import FOLDER, GOLDEN
from tests.unit.ratio.report_reading import document, document_text, whole, workbook_text
from tests.unit.ratio.reports import a_post, a_ratio, a_report, an_empty_report, counts


@pytest.mark.parametrize("name", GOLDEN)
def test_a_report_reads_as_it_was_last_looked_at(name: str) -> None:
    assert GOLDEN[name]().decode() == (FOLDER / name).read_bytes().decode()


def test_the_highest_share_comes_first_and_units_without_posts_last() -> None:
    silent, few = a_ratio("c", "C", counts()), a_ratio("b", "B", counts(3, 0, 1))
    many, none_negative = a_ratio("a", "A", counts(30, 0, 10)), a_ratio("d", "D", counts(9))
    assert worst_first([silent, none_negative, few, many]) == (many, few, none_negative, silent)
    assert share_of(counts()) is None


def test_the_file_name_is_ascii_and_says_unit_and_days() -> None:
    unit = a_report(scope=Scope("branch", "Sở Y tế", "so-yte"))
    assert file_name(a_report(), "xlsx") == "ty-le-tieu-cuc-2026-11-01-2026-11-30.xlsx"
    assert file_name(unit, "csv") == "ty-le-tieu-cuc-so-yte-2026-11-01-2026-11-30.csv"
    first = a_report(window=Window(None, date(2026, 11, 1), date(2026, 11, 1)))
    assert file_name(first, "json") == "ty-le-tieu-cuc-2026-11-01-2026-11-01.json"


def test_only_text_formats_name_a_character_set() -> None:
    assert MEDIA_TYPES["csv"] == "text/csv; charset=utf-8"
    assert {media_type.split("/")[0] for media_type in MEDIA_TYPES.values()} == {
        "text",
        "application",
    }


@pytest.mark.parametrize("report_format", ["csv", "json"])
def test_posts_are_read_as_they_are_sent(report_format: ReportFormat) -> None:
    taken = 0

    def many() -> Iterator[ReportPost]:
        nonlocal taken
        for taken in range(1, 5_001):
            yield a_post(taken)

    pieces = render(a_report(posts=many()), report_format)
    first = next(pieces)
    assert taken < 500
    sizes = [len(first), *map(len, pieces)]
    assert taken == 5_000
    assert max(sizes) < CHUNK_BYTES + 10_000
    assert min(sizes[:-1]) >= CHUNK_BYTES


def test_json_says_the_same_with_the_names_of_the_api() -> None:
    made = json.loads(whole(a_report(), "json"))
    assert made["total"]["counts"]["tieu_cuc"] == 215
    assert made["total"]["policy"]["source"] == "Công văn 830/STTTT-TTBCXB"
    assert made["models"] == ["candoi-e5-small@2"]
    assert [post["title"] for post in made["posts"]][2] is None
    assert json.loads(whole(an_empty_report(), "json"))["posts"] == []


@pytest.mark.parametrize("name", GOLDEN)
def test_vietnamese_is_nfc(name: str) -> None:
    made = GOLDEN[name]().decode()
    assert unicodedata.is_normalized("NFC", made)


def test_names_that_come_decomposed_leave_composed() -> None:
    name = unicodedata.normalize("NFD", "Sở Y tế\x0b")
    posts = [a_post(title=name, unit_name=name)]
    report = a_report(units=(a_ratio("so-yte", name, counts(9)),), posts=posts)
    for made in (
        whole(report, "csv").decode(),
        workbook_text(whole(report, "xlsx")),
        document_text(document(report)),
    ):
        assert "Sở Y tế" in made
        assert unicodedata.is_normalized("NFC", made)
        assert "\x0b" not in made


def test_small_pieces_are_joined_and_none_is_lost() -> None:
    pieces = [bytes([number % 256]) * 1_000 for number in range(200)]
    made = list(joined(pieces))
    assert b"".join(made) == b"".join(pieces)
    assert len(made) == 4
    assert list(joined([])) == []


def test_matplotlib_is_loaded_by_no_one_but_a_document() -> None:
    look = "import sys, services.ratio.reports; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
