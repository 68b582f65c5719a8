"""One record of each type, and its bytes as they stand in logs that are kept for ever.

A change of the bytes means that what was written can no longer be read, or reads as something else.
A field that is added must have a default, or what was written before it could not be read.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts import (
    Acknowledgement,
    Alert,
    AppliedPolicy,
    ClosedFigures,
    Closing,
    Counts,
    FormerParent,
    Policy,
    Probabilities,
    Ratio,
    Record,
    Redaction,
    SilentChannel,
    Snapshot,
    Window,
)
from shared.topics import ACTS, ALERTS, POSTS, RATIOS, UNITS, VERDICTS, Topic
from tests.builders import (
    NOON,
    POST_ID,
    a_post,
    a_restoration,
    a_review,
    a_review_withdrawal,
    a_unit,
    a_verdict,
    a_withdrawal,
)

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
    policy=AppliedPolicy(
        0.15, 0.12, 20, "Công văn 830/STTTT-TTBCXB", "cong-van-830", date(2024, 4, 16)
    ),
    updated_at=NOON,
    over_limit_probability=0.3324,
    status_is_sure=True,
    silent_channels=(
        SilentChannel(
            channel_id="so-yte-zalo",
            platform="zalo",
            last_day=date(2026, 11, 9),
            usual_gap_days=2,
        ),
    ),
)
GOLDEN_RATIO = (
    '{"unit_id":"so-yte","name":"Sở Y tế","window":{"name":"month","first_day":"2026-11-01",'
    '"last_day":"2026-11-30"},"counts":{"tich_cuc":58,"trung_tinh":29,"tieu_cuc":13,"total":100},'
    '"negative_share":0.13,"negative_share_ci":[0.0776,0.2098],"positive_dominant":true,'
    '"status":"warning","posts_to_limit":2,"pending":0,"needs_review":4,"policy":{"limit":0.15,'
    '"warn_at":0.12,"min_total":20,"source":"Công văn 830/STTTT-TTBCXB",'
    '"policy_id":"cong-van-830","valid_from":"2024-04-16"},"updated_at":"2026-11-20T05:00:00Z",'
    '"over_limit_probability":0.3324,"status_is_sure":true,"silent_channels":[{'
    '"channel_id":"so-yte-zalo","platform":"zalo","last_day":"2026-11-09","usual_gap_days":2}]}'
)
# As it was written before limits were named and doubts told.
EARLY_RATIO = (
    '{"unit_id":"so-yte","name":"Sở Y tế","window":{"name":"month","first_day":"2026-11-01",'
    '"last_day":"2026-11-30"},"counts":{"tich_cuc":58,"trung_tinh":29,"tieu_cuc":13,"total":100},'
    '"negative_share":0.13,"negative_share_ci":[0.0776,0.2098],"positive_dominant":true,'
    '"status":"warning","posts_to_limit":2,"pending":0,"needs_review":4,"policy":{"limit":0.15,'
    '"warn_at":0.12,"min_total":20,"source":"Công văn 830/STTTT-TTBCXB"},'
    '"updated_at":"2026-11-20T05:00:00Z"}'
)
UNIT = (
    '{"schema":"unit.v1","unit_id":"so-yte","name":"Sở Y tế","kind":"department",'
    '"org_code":"H55.12","parent_id":null,"valid_from":"2004-09-01","valid_to":null,'
    '"succeeded_by":null,"channels":[{"channel_id":"so-yte-facebook","platform":"facebook",'
    '"url":"https://www.facebook.com/soytethainguyen.example","valid_from":"2024-04-16",'
    '"valid_to":null}],"version":1,"updated_at":"2026-11-20T05:00:00Z"'
)
SNAPSHOT = (
    '{"schema":"ratio.v1","unit_id":"so-yte","kind":"department","parent_id":null,"version":7,'
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
        VERDICTS,
        a_restoration(restoration_id=UUID(int=4)),
        '{"schema":"restoration.v1","restoration_id":"00000000-0000-0000-0000-000000000004",'
        '"post_id":"11111111-1111-5111-8111-111111111111","channel_id":"so-yte-facebook",'
        '"restored_by":"can-bo-so-yte","restored_at":"2026-11-20T08:00:00Z"}',
    ),
    (
        VERDICTS,
        a_review_withdrawal(a_review(review_id=UUID(int=1)), withdrawal_id=UUID(int=5)),
        '{"schema":"review-withdrawal.v1","withdrawal_id":"00000000-0000-0000-0000-000000000005",'
        '"review_id":"00000000-0000-0000-0000-000000000001",'
        '"post_id":"11111111-1111-5111-8111-111111111111","channel_id":"so-yte-facebook",'
        '"withdrawn_by":"can-bo-so-yte","withdrawn_at":"2026-11-20T07:00:00Z",'
        '"reason":"Duyệt nhầm tin."}',
    ),
    (
        UNITS,
        a_unit(former_parents=(FormerParent(parent_id="so-cu", valid_to=date(2025, 6, 30)),)),
        UNIT + ',"former_parents":[{"parent_id":"so-cu","valid_to":"2025-06-30"}]}',
    ),
    (
        RATIOS,
        Snapshot(unit_id="so-yte", kind="department", parent_id=None, version=7, ratios=(RATIO,)),
        SNAPSHOT + '"ratios":[' + GOLDEN_RATIO + "]}",
    ),
    (
        ALERTS,
        Alert(
            alert_id=UUID(int=3),
            previous_alert_id=UUID(int=6),
            unit_id="so-yte",
            previous_status="ok",
            status="warning",
            ratio=RATIO,
            posts=(POST_ID,),
            raised_at=NOON,
        ),
        '{"schema":"alert.v1","alert_id":"00000000-0000-0000-0000-000000000003",'
        '"previous_alert_id":"00000000-0000-0000-0000-000000000006","unit_id":"so-yte",'
        '"previous_status":"ok","status":"warning","ratio":' + GOLDEN_RATIO + ","
        '"posts":["11111111-1111-5111-8111-111111111111"],"raised_at":"2026-11-20T05:00:00Z"}',
    ),
    (
        ALERTS,
        Acknowledgement(
            acknowledgement_id=UUID(int=7),
            alert_id=UUID(int=3),
            unit_id="so-yte",
            acknowledged_by="truc-ban",
            acknowledged_at=NOON,
            note="Đã biết.",
        ),
        '{"schema":"acknowledgement.v1",'
        '"acknowledgement_id":"00000000-0000-0000-0000-000000000007",'
        '"alert_id":"00000000-0000-0000-0000-000000000003","unit_id":"so-yte",'
        '"acknowledged_by":"truc-ban","acknowledged_at":"2026-11-20T05:00:00Z","note":"Đã biết."}',
    ),
    (
        ACTS,
        Policy(
            act_id=UUID(int=8),
            policy_id="bao-chi",
            unit_id=None,
            kind="press",
            limit=0.2,
            warn_at=0.16,
            min_total=20,
            source="Công văn 12/UBND-VX",
            valid_from=date(2027, 1, 1),
            valid_to=None,
            set_by="van-phong",
            set_at=NOON,
        ),
        '{"schema":"policy.v1","act_id":"00000000-0000-0000-0000-000000000008",'
        '"policy_id":"bao-chi","unit_id":null,"kind":"press","limit":0.2,"warn_at":0.16,'
        '"min_total":20,"source":"Công văn 12/UBND-VX","valid_from":"2027-01-01","valid_to":null,'
        '"set_by":"van-phong","set_at":"2026-11-20T05:00:00Z"}',
    ),
    (
        ACTS,
        Closing(
            closing_id=UUID(int=9),
            window=RATIO.window,
            known_at=NOON,
            posts=100,
            digest="0" * 64,
            figures=(
                ClosedFigures(
                    unit_id="so-yte",
                    name="Sở Y tế",
                    counts=RATIO.counts,
                    needs_review=4,
                    status="warning",
                ),
            ),
            closed_by="van-phong",
            closed_at=NOON,
        ),
        '{"schema":"closing.v1","closing_id":"00000000-0000-0000-0000-000000000009",'
        '"window":{"name":"month","first_day":"2026-11-01","last_day":"2026-11-30"},'
        '"known_at":"2026-11-20T05:00:00Z","posts":100,"digest":"' + "0" * 64 + '",'
        '"figures":[{"unit_id":"so-yte","name":"Sở Y tế","counts":{"tich_cuc":58,"trung_tinh":29,'
        '"tieu_cuc":13,"total":100},"needs_review":4,"status":"warning"}],'
        '"closed_by":"van-phong","closed_at":"2026-11-20T05:00:00Z"}',
    ),
    (
        ACTS,
        Redaction(
            redaction_id=UUID(int=10),
            post_id=POST_ID,
            redacted_by="van-phong",
            redacted_at=NOON,
            reason="Nêu tên trẻ em.",
        ),
        '{"schema":"redaction.v1","redaction_id":"00000000-0000-0000-0000-00000000000a",'
        '"post_id":"11111111-1111-5111-8111-111111111111","redacted_by":"van-phong",'
        '"redacted_at":"2026-11-20T05:00:00Z","reason":"Nêu tên trẻ em."}',
    ),
]
# Bytes of earlier days, in logs that are still read.
EARLY: list[tuple[Topic[Any], str]] = [
    (UNITS, UNIT + "}"),
    (RATIOS, SNAPSHOT + '"ratios":[' + EARLY_RATIO + "]}"),
]
each_record = pytest.mark.parametrize(
    ("topic", "record", "golden"), GOLDEN, ids=[type(record).__name__ for _, record, _ in GOLDEN]
)
