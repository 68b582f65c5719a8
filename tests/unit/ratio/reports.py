"""A report for tests: three units in November 2026, with titles that would be formulas.

In: the fields that a test is about. Out: a sound report with everything else filled.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.ratio.domain.report import (
    Closed,
    Office,
    Report,
    ReportPost,
    Scope,
    TrendPoint,
    worst_first,
)
from shared.contracts import AppliedPolicy, Counts, Ratio, SilentChannel, Window

NOVEMBER = Window("month", date(2026, 11, 1), date(2026, 11, 30))
MADE_AT = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
MODEL = "candoi-e5-small@2"


def counts(positive: int = 0, neutral: int = 0, negative: int = 0) -> Counts:
    """Counts by label."""
    return Counts(positive, neutral, negative, positive + neutral + negative)


POLICY = AppliedPolicy(limit=0.15, warn_at=0.12, min_total=20, source="Công văn 830/STTTT-TTBCXB")


def a_ratio(unit_id: str, name: str, sums: Counts, **fields: Any) -> Ratio:
    """A unit's figures for November, compliant unless `fields` say otherwise."""
    sound: dict[str, Any] = {
        "unit_id": unit_id,
        "name": name,
        "window": NOVEMBER,
        "counts": sums,
        "negative_share": sums.tieu_cuc / sums.total if sums.total else None,
        "negative_share_ci": (0.0776, 0.2098) if sums.total else None,
        "positive_dominant": True,
        "status": "ok" if sums.total else "insufficient",
        "posts_to_limit": 0,
        "pending": 0,
        "needs_review": 0,
        "policy": POLICY,
        "updated_at": MADE_AT,
    }
    return Ratio(**sound | fields)


HEALTH = a_ratio(
    "so-yte",
    "Sở Y tế",
    counts(700, 400, 134),
    posts_to_limit=60,
    over_limit_probability=0.0001,
    status_is_sure=True,
)
PRESS = a_ratio(
    "bao-dien-tu",
    "Báo & Phát thanh, truyền hình",
    counts(150, 92, 78),
    status="breach",
    posts_to_limit=-201,
    over_limit_probability=0.9999,
    status_is_sure=True,
    silent_channels=(
        SilentChannel(
            channel_id="bao-dien-tu-zalo",
            platform="zalo",
            last_day=date(2026, 11, 3),
            usual_gap_days=2,
        ),
    ),
)
WARD = a_ratio(
    "phuong-quan-trieu",
    "UBND phường Quan Triều",
    counts(10, 7, 3),
    status="breach",
    posts_to_limit=-1,
    over_limit_probability=0.6,
)
SILENT = a_ratio("xa-phu-binh", "UBND xã Phú Bình", counts(), positive_dominant=False)
TOTAL = a_ratio(
    "tinh-thai-nguyen",
    "Tỉnh Thái Nguyên",
    counts(860, 499, 215),
    status="warning",
    posts_to_limit=24,
    negative_share_ci=(0.1207, 0.1548),
    pending=12,
    needs_review=1_034,
    over_limit_probability=0.0712,
)


def a_post(number: int = 0, **fields: Any) -> ReportPost:
    """A negative post of the health department's page."""
    sound: dict[str, Any] = {
        "post_id": UUID(int=number),
        "unit_name": "Sở Y tế",
        "channel_id": "so-yte-facebook",
        "published_at": datetime(2026, 11, 20, 17, 30, tzinfo=UTC),
        "title": "Cháy xưởng gỗ ở Phổ Yên, hai người bị thương",
        "url": "https://soyte.thainguyen.example/tin/1",
        "label": "tieu_cuc",
        "topic": "tai_nan",
        "decided_by": MODEL,
    }
    return ReportPost(**sound | fields)


POSTS = (
    a_post(1),
    a_post(
        2,
        title='=HYPERLINK("https://evil.example";"Bấm vào đây")',
        url="@evil",
        topic="sai_pham",
        decided_by="-can-bo-so-yte",
    ),
    a_post(3, title=None, url=None, topic=None),
    a_post(4, title='Xét xử vụ "đất vàng", tuyên phạt 12 năm tù', topic="toi_pham"),
)


def november(days: int = 30) -> tuple[TrendPoint, ...]:
    """A point a day; the 7th has no posts."""
    first = NOVEMBER.first_day
    return tuple(
        TrendPoint(
            first + timedelta(day),
            first + timedelta(day),
            counts() if day == 6 else counts(28, 17, 3 + day * 5 % 9),
        )
        for day in range(days)
    )


def a_report(**fields: Any) -> Report:
    """The province's report for November 2026, closed with one correction since."""
    sound: dict[str, Any] = {
        "office": Office(
            name="Sở Văn hóa, Thể thao và Du lịch",
            parent_name="UBND tỉnh Thái Nguyên",
            place="Thái Nguyên",
        ),
        "scope": Scope("province", "các cơ quan, đơn vị tỉnh Thái Nguyên"),
        "window": NOVEMBER,
        "total": TOTAL,
        "units": worst_first([SILENT, HEALTH, WARD, PRESS]),
        "trend": november(),
        "topics": {"tai_nan": 90, "toi_pham": 70, "sai_pham": 54},
        "posts": POSTS,
        "models": (MODEL,),
        "known_at": datetime(2026, 12, 1, 1, 0, tzinfo=UTC),
        "made_at": MADE_AT,
        "closed": Closed(datetime(2026, 12, 1, 1, 0, tzinfo=UTC), "9f" * 32, 1),
    }
    return Report(**sound | fields)


def an_empty_report(**fields: Any) -> Report:
    """Nothing was published: no units, no posts, no trend, no models."""
    nothing: dict[str, Any] = {
        "total": a_ratio("tinh-thai-nguyen", "Tỉnh Thái Nguyên", counts(), positive_dominant=False),
        "units": (),
        "trend": (),
        "topics": {},
        "posts": (),
        "models": (),
        "closed": None,
    }
    return a_report(**nothing | fields)
