"""The document says what ratio answers about alerts, limits, closed windows, silence, reports."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest
from asyncpg import Record as Row

from services.gateway.routes.schemas.reports import CSV, DOCX, XLSX
from services.ratio import reports
from services.ratio.domain.registry import registry_of
from services.ratio.routes import alerts, channels, closings, corrections, policies, ratios
from services.ratio.store.closings import Correction, Side
from services.ratio.store.noted_alerts import NotedAlert
from shared.contracts import Acknowledgement, Alert, Closing, Policy, Record, SilentChannel
from tests.builders import NOON, POST_ID, a_channel, a_unit
from tests.contract.document import BY_NAME, as_sent, check_whole, schema_of
from tests.contract.golden import GOLDEN
from tests.unit.ratio.reports import a_report

REGISTRY = registry_of([a_unit(channels=(a_channel(), a_channel(channel_id="so-yte-zalo")))])


def golden(kind: type[Record]) -> Any:
    """The record of that type as it stands in the log."""
    return next(record for _, record, _ in GOLDEN if isinstance(record, kind))


def fits(answer: Any, *calls: tuple[str, int]) -> None:
    """The answer is one that these calls document."""
    for name, http_status in calls:
        check_whole(as_sent(answer), schema_of(BY_NAME[name], http_status))


def a_row(**fields: Any) -> Mapping[UUID, Row]:
    """What a list shows of the golden alert's post."""
    known = {"title": "Tai nạn", "url": "https://soyte.example/1", "published_at": NOON}
    row = {"post_id": POST_ID, "label": "tieu_cuc", "topic": "tai_nan"} | known | fields
    return {POST_ID: cast(Row, row)}


@pytest.mark.parametrize("title", ["Tai nạn", None])
def test_an_alert_with_and_without_a_note(title: str | None) -> None:
    for note in (golden(Acknowledgement), None):
        answer = alerts._answer(NotedAlert(golden(Alert), note), a_row(title=title))
        fits(answer, ("acknowledgeAlert", 200), ("acknowledgeAlert", 202))
        fits({"items": [answer], "next_cursor": None}, ("listAlerts", 200))


def test_a_policy_and_the_built_in_one() -> None:
    answer = policies._answer(golden(Policy))
    fits(answer, ("putPolicy", 200), ("putPolicy", 202))
    fits({"items": [policies._built_in(), answer]}, ("listPolicies", 200))


def test_a_closing() -> None:
    closing: Closing = golden(Closing)
    head = closings._summary(closing)
    fits({"items": [head]}, ("listClosings", 200))
    whole = head | {"figures": closing.figures, "corrections": 2}
    fits(whole, ("getClosing", 200), *(("closeWindow", status) for status in (200, 201, 202)))


NEGATIVE = Side("tieu_cuc", "tai_nan", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEGATIVE, None),
        (None, NEGATIVE),
        (NEGATIVE, Side("tich_cuc", None, date(2026, 12, 1))),
    ],
)
def test_a_correction(before: Side | None, after: Side | None) -> None:
    correction = Correction(POST_ID, "so-yte-facebook", NOON, before, after)
    answer = corrections._correction(REGISTRY, golden(Closing).window, correction)
    assert answer["unit_id"] == "so-yte"
    fits({"items": [answer], "next_cursor": "WyIt"}, ("listCorrections", 200))


@pytest.mark.parametrize("has_post", [True, False])
def test_a_silent_channel(has_post: bool) -> None:
    silent = SilentChannel(
        channel_id="so-yte-zalo",
        platform="zalo",
        last_day=date(2026, 11, 9),
        usual_gap_days=2,
    )
    about = channels._about(REGISTRY, silent, date(2026, 11, 23))
    last_post = channels._post(a_row()[POST_ID] if has_post else None)
    fits({"items": [about | {"last_post": last_post}]}, ("listSilentChannels", 200))


@pytest.mark.parametrize("closed", [True, False])
def test_a_report_as_json(closed: bool) -> None:
    report = a_report() if closed else a_report(closed=None)
    written = b"".join(reports.render(report, "json"))
    fits(json.loads(written), ("getReport", 200))


def test_a_report_has_the_documented_media_types() -> None:
    assert reports.MEDIA_TYPES == {
        "json": "application/json",
        "csv": CSV,
        "xlsx": XLSX,
        "docx": DOCX,
    }
    documented = BY_NAME["getReport"].operation["responses"]["200"]["content"]
    assert documented.keys() == set(reports.MEDIA_TYPES.values())


def test_groups_are_those_that_ratio_makes() -> None:
    (by,) = (one for one in BY_NAME["getRatio"].parameters() if one["name"] == "by")
    assert set(by["schema"]["anyOf"][0]["enum"]) == ratios._GROUP_NAMES.keys()
