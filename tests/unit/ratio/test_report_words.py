"""Windows, figures and statuses in Vietnamese; what a report concludes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.report import Scope, TrendPoint
from services.ratio.domain.window import window_at
from services.ratio.reports import words
from services.ratio.reports.findings import NAMES_MAX, findings, overview
from services.ratio.reports.tables import topic_rows
from shared.contracts import NegativeTopic, RatioStatus, Window, WindowName
from tests.unit.ratio.reports import (
    PRESS,
    TOTAL,
    WARD,
    a_ratio,
    a_report,
    an_empty_report,
    counts,
)


def spaced(text: str) -> str:
    """With ordinary spaces, as one types them."""
    return text.replace(words.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("day", "Ngày 20/11/2026"),
        ("week", "Tuần 47/2026 (16/11 - 22/11/2026)"),
        ("month", "Tháng 11/2026"),
        ("report-month", "Tháng báo cáo 15/11/2026 - 14/12/2026"),
        ("quarter", "Quý IV/2026"),
        ("year", "Năm 2026"),
        ("rolling-7d", "7 ngày đến 20/11/2026 (14/11 - 20/11/2026)"),
        ("rolling-90d", "90 ngày đến 20/11/2026 (23/08 - 20/11/2026)"),
    ],
)
def test_each_window_has_its_name(name: WindowName, expected: str) -> None:
    assert words.window(window_at(name, date(2026, 11, 20))) == expected


def test_a_free_range_and_a_week_over_the_year_name_both_years() -> None:
    free = Window(None, date(2026, 11, 1), date(2026, 11, 20))
    assert words.window(free) == "Từ 01/11/2026 đến 20/11/2026"
    assert words.window(Window(None, free.last_day, free.last_day)) == "Ngày 20/11/2026"
    new_year = window_at("week", date(2027, 1, 1))
    assert words.window(new_year) == "Tuần 53/2026 (28/12/2026 - 03/01/2027)"


def test_numbers_are_written_the_vietnamese_way() -> None:
    assert (words.number(1_234_567), words.number(-201)) == ("1.234.567", "-201")
    assert (spaced(words.percent(0.125)), spaced(words.percent(0.0625))) == ("12,5 %", "6,3 %")
    assert (spaced(words.limit(0.15)), spaced(words.limit(0.125))) == ("15 %", "12,5 %")


def test_instants_are_told_in_local_time() -> None:
    assert words.instant(datetime(2026, 11, 30, 17, 5, tzinfo=UTC)) == "00:05 ngày 01/12/2026"


def test_a_bucket_is_a_day_a_month_or_a_range() -> None:
    def bucket(first_day: date, days: int) -> str:
        return words.bucket(TrendPoint(first_day, first_day + timedelta(days - 1), counts()))

    assert bucket(date(2026, 11, 1), 1) == "01/11"
    assert bucket(date(2026, 11, 1), 30) == "11/2026"
    assert bucket(date(2026, 11, 16), 7) == "16/11 - 22/11"
    assert bucket(date(2026, 10, 1), 61) == "01/10 - 30/11"


@pytest.mark.parametrize(
    ("status", "is_sure", "expected"),
    [
        ("breach", True, "Vượt ngưỡng"),
        ("breach", False, "Có lẽ vượt ngưỡng"),
        ("warning", False, "Cảnh báo"),
        ("ok", False, "Đạt"),
        ("insufficient", False, "Chưa đủ tin"),
    ],
)
def test_a_likely_breach_is_told_apart(status: RatioStatus, is_sure: bool, expected: str) -> None:
    unit = a_ratio("a", "A", counts(9, 0, 3), status=status, status_is_sure=is_sure)
    assert words.status(unit) == expected


@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_a_share_below_the_limit_never_reads_as_the_limit(negative: int, other: int) -> None:
    unit = a_ratio("a", "A", counts(other, 0, negative))
    shown = float(spaced(words.share(unit)).removesuffix(" %").replace(",", "."))
    assert (shown < 15) == (100 * negative < 15 * (negative + other))


def test_a_share_without_posts_is_a_dash() -> None:
    assert words.share(a_ratio("a", "A", counts())) == "-"
    near = a_ratio("a", "A", counts(8_503, 0, 1_497))
    assert spaced(words.share(near)) == "14,97 %"


def test_control_characters_and_lone_surrogates_leave_a_text() -> None:
    assert words.plain(" Sở\x00 Y\ttế\r\n\ud800") == "Sở  Y tế  ?"


def test_units_in_breach_are_named_apart_from_those_that_may_be() -> None:
    said = [spaced(sentence) for sentence in findings(a_report())]
    assert "Có 1 đơn vị vượt ngưỡng: Báo & Phát thanh, truyền hình (24,4 %)." in said
    assert "Có 1 đơn vị có lẽ vượt ngưỡng: UBND phường Quan Triều (15,0 %)." in said


def test_a_likely_breach_of_the_whole_says_how_likely() -> None:
    sure = findings(a_report(total=PRESS))[0]
    likely = spaced(findings(a_report(total=WARD))[0])
    assert sure.startswith("Tỉ lệ chung vượt ngưỡng; cần thêm ít nhất 201 tin, bài")
    assert likely.startswith("Tỉ lệ chung có lẽ vượt ngưỡng (xác suất 60 %);")


def test_more_units_than_fit_a_sentence_are_counted() -> None:
    many = tuple(
        a_ratio(f"u-{number}", f"Đơn vị {number}", counts(1, 0, 9), status="breach")
        for number in range(NAMES_MAX + 3)
    )
    said = " ".join(findings(a_report(units=many)))
    assert "Có 13 đơn vị có lẽ vượt ngưỡng" in said
    assert "Đơn vị 10" not in said
    assert "và 3 đơn vị khác." in said


def test_a_report_on_one_unit_does_not_compare_units() -> None:
    one = a_report(scope=Scope("unit", "Sở Y tế", "so-yte"), units=(TOTAL,))
    assert not [sentence for sentence in findings(one) if "đơn vị" in sentence]


def test_without_posts_nothing_is_concluded() -> None:
    assert overview(an_empty_report()) == [
        "Trong kỳ không có tin, bài nào được đăng tải, chia sẻ trên các kênh đã đăng ký."
    ]
    assert findings(an_empty_report()) == ["Số tin, bài trong kỳ chưa đủ để xét (0; cần từ 20)."]


def test_topics_add_up_to_all_negative_posts() -> None:
    topics: dict[NegativeTopic, int] = {"khac": 5, "tai_nan": 10, "giat_gan": 0}
    rows = topic_rows(a_report(topics=topics))
    assert [posts for _, posts, _ in rows] == [10, 5, 200]
    assert rows[-1][0] == words.NO_TOPIC
    assert sum(share for _, _, share in rows) == pytest.approx(1)
