"""One record of each type, and its bytes as they stand in logs that are kept for ever.

A change of the bytes means that what was written can no longer be read, or reads as something else.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts import (
    Alert,
    AppliedPolicy,
    Counts,
    Probabilities,
    Ratio,
    Record,
    Snapshot,
    Window,
)
from shared.topics import ALERTS, POSTS, RATIOS, UNITS, VERDICTS, Topic
from tests.builders import NOON, a_post, a_review, a_unit, a_verdict, a_withdrawal

RATIO = Ratio(
    unit_id="so-yte",
    name="Sở Y tế",
    window=Window("month", date(2026, 11, 1), date(2026, 11, 30)),
    counts=Counts(58, 29, 13, 100),
    negative_share=0.13,
    negative_share_ci=(0.0776, 0.2098),
    positive_dominant=True,
    status="warning",
    posts_to_limit=2,
    pending=0,
    needs_review=4,
    policy=AppliedPolicy(0.15, 0.12, 20, "Công văn 830/STTTT-TTBCXB"),
    updated_at=NOON,
)
GOLDEN_RATIO = (
    '{"unit_id":"so-yte","name":"Sở Y tế","window":{"name":"month","first_day":"2026-11-01",'
    '"last_day":"2026-11-30"},"counts":{"tich_cuc":58,"trung_tinh":29,"tieu_cuc":13,"total":100},'
    '"negative_share":0.13,"negative_share_ci":[0.0776,0.2098],"positive_dominant":true,'
    '"status":"warning","posts_to_limit":2,"pending":0,"needs_review":4,"policy":{"limit":0.15,'
    '"warn_at":0.12,"min_total":20,"source":"Công văn 830/STTTT-TTBCXB"},'
    '"updated_at":"2026-11-20T05:00:00Z"}'
)
JUDGED = (
    '"post_id":"11111111-1111-5111-8111-111111111111",'
    '"revision":"00000000000000000000000000000000","received_at":"2026-11-20T05:00:00Z",'
    '"channel_id":"so-yte-facebook","published_at":"2026-11-20T04:00:00Z",'
    '"local_day":"2026-11-20","action":"publish","format":"article",'
)
GOLDEN: list[tuple[Topic[Any], Record, str]] = [
    (
        POSTS,
        a_post(title="Tiêm vắc xin", text=None, received_at=NOON.replace(microsecond=123456)),
        '{"schema":"post.v1","post_id":"11111111-1111-5111-8111-111111111111",'
        '"revision":"00000000000000000000000000000000",'
        '"received_at":"2026-11-20T05:00:00.123456Z","channel_id":"so-yte-facebook",'
        '"external_id":"1","url":"https://www.facebook.com/soytethainguyen.example/posts/1",'
        '"title":"Tiêm vắc xin","text":null,"published_at":"2026-11-20T04:00:00Z",'
        '"local_day":"2026-11-20","action":"publish","format":"article"}',
    ),
    (
        VERDICTS,
        a_verdict(label="tieu_cuc", topic="tai_nan", probabilities=Probabilities(0.1, 0.1, 0.8)),
        '{"schema":"verdict.v1",' + JUDGED + '"label":"tieu_cuc","topic":"tai_nan",'
        '"decided_by":"candoi-test@1","decided_at":"2026-11-20T05:01:00Z",'
        '"verdict_id":"789bfb2f-8f9f-5205-bbdb-d8c1d476d638","probabilities":{"tich_cuc":0.1,'
        '"trung_tinh":0.1,"tieu_cuc":0.8},"confidence":0.8,"needs_review":false}',
    ),
    (
        VERDICTS,
        a_review(review_id=UUID(int=1), reason="Đã xem."),
        '{"schema":"review.v1",' + JUDGED + '"label":"tich_cuc","topic":null,'
        '"decided_by":"can-bo-so-yte","decided_at":"2026-11-20T06:00:00Z",'
        '"review_id":"00000000-0000-0000-0000-000000000001","reason":"Đã xem."}',
    ),
    (
        VERDICTS,
        a_withdrawal(withdrawal_id=UUID(int=2)),
        '{"schema":"withdrawal.v1","withdrawal_id":"00000000-0000-0000-0000-000000000002",'
        '"post_id":"11111111-1111-5111-8111-111111111111","channel_id":"so-yte-facebook",'
        '"withdrawn_by":"can-bo-so-yte","withdrawn_at":"2026-11-20T07:00:00Z"}',
    ),
    (
        UNITS,
        a_unit(),
        '{"schema":"unit.v1","unit_id":"so-yte","name":"Sở Y tế","kind":"department",'
        '"org_code":"H55.12","parent_id":null,"valid_from":"2004-09-01","valid_to":null,'
        '"succeeded_by":null,"channels":[{"channel_id":"so-yte-facebook","platform":"facebook",'
        '"url":"https://www.facebook.com/soytethainguyen.example","valid_from":"2024-04-16",'
        '"valid_to":null}],"version":1,"updated_at":"2026-11-20T05:00:00Z"}',
    ),
    (
        RATIOS,
        Snapshot(unit_id="so-yte", kind="department", parent_id=None, version=7, ratios=(RATIO,)),
        '{"schema":"ratio.v1","unit_id":"so-yte","kind":"department","parent_id":null,"version":7,'
        '"ratios":[' + GOLDEN_RATIO + "]}",
    ),
    (
        ALERTS,
        Alert(
            alert_id=UUID(int=3),
            unit_id="so-yte",
            previous_status="ok",
            ratio=RATIO,
            raised_at=NOON,
        ),
        '{"schema":"alert.v1","alert_id":"00000000-0000-0000-0000-000000000003",'
        '"unit_id":"so-yte","previous_status":"ok","ratio":' + GOLDEN_RATIO + ","
        '"raised_at":"2026-11-20T05:00:00Z"}',
    ),
]
each_record = pytest.mark.parametrize(
    ("topic", "record", "golden"), GOLDEN, ids=[type(record).__name__ for _, record, _ in GOLDEN]
)
