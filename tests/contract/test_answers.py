"""The document says what the code does: bodies as the services read them, answers as they are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest
from pydantic import BaseModel

from services.classify import routes as classify
from services.classify.domain.verdict import Judgement
from services.classify.domain.words import Token
from services.classify.model import Weighed
from services.ingest import app as ingest
from services.ingest.acceptance import Accepted, LogSilent, Result
from services.ingest.domain import drafts
from services.ingest.domain.registry import UnknownChannel
from services.ingest.routes import units
from services.ingest.settings import Settings as IngestSettings
from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import NO_POSTS, Asked, Sums, measure
from services.ratio.domain.registry import registry_of
from services.ratio.domain.window import window_at
from services.ratio.routes import alerts, decisions, policies, posts, ratios, redactions
from services.ratio.store import posts as posts_store
from services.ratio.view import NearCopies, Scope, View
from shared.contracts import Counts, Probabilities, Ratio, SilentChannel
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings
from tests.builders import (
    NOON,
    a_restoration,
    a_review,
    a_review_withdrawal,
    a_unit,
    a_verdict,
    a_withdrawal,
)
from tests.contract.document import BY_NAME, DOCUMENT, Node, as_sent, check_whole, schema_of
from tests.contract.gateway import send

pytestmark = pytest.mark.anyio

ACCEPTED = Accepted(UUID(int=1), "0" * 32, datetime(2026, 11, 23, 1, 31, tzinfo=UTC), False)
REFUSED = UnknownChannel("Kênh la chưa được đăng ký.")


def bare(schema: Node, known: Mapping[str, Node]) -> Node:
    """What a schema demands, without its words: references followed, names of types left out."""
    if "$ref" in schema:
        return bare(known[schema["$ref"].rpartition("/")[2]], known)
    demands: Node = {}
    for keyword, value in schema.items():
        if keyword in ("title", "description", "examples", "$defs", "default"):
            continue
        if keyword == "properties":
            demands[keyword] = {name: bare(one, known) for name, one in value.items()}
        elif keyword == "anyOf":
            demands[keyword] = [bare(one, known) for one in value]
        else:
            demands[keyword] = bare(value, known) if keyword == "items" else value
    return demands


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("sendPost", drafts.PostDraft),
        ("putUnit", drafts.UnitDraft),
        ("putChannel", drafts.ChannelDraft),
        ("reviewPost", decisions.ReviewDraft),
        ("redactPost", redactions.RedactionDraft),
        ("putPolicy", policies.PolicyDraft),
        ("acknowledgeAlert", alerts.AcknowledgementDraft),
        ("classify", classify.Items),
    ],
)
def test_a_body_is_documented_as_the_service_reads_it(name: str, model: type[BaseModel]) -> None:
    media = BY_NAME[name].operation["requestBody"]["content"]["application/json"]
    read = model.model_json_schema()
    documented = bare(media["schema"], DOCUMENT["components"]["schemas"])
    assert documented == bare(read, read.get("$defs", {}))
    model.model_validate(media["example"])


class Answering:
    """Takes the place of ingest's acceptance: answers as it is told."""

    def __init__(self, *results: Result) -> None:
        self.results = results

    async def accept(self, _: Sequence[Any], __: Any) -> Sequence[Result]:
        return self.results

    check = accept


async def ingest_answer(path: str, count: int, *results: Result) -> httpx.Response:
    """What ingest's real routes make of these results."""
    app = ingest.build_app(
        IngestSettings.model_construct(),
        KafkaSettings.model_construct(),
        PostgresSettings.model_construct(),
        HttpSettings.model_construct(),
    )
    example = BY_NAME["sendPost"].operation["requestBody"]["content"]["application/json"]["example"]
    body = [example] * count if count else example
    return await send(app, "POST", path, {"acceptance": Answering(*results)}, json=body)


@pytest.mark.parametrize(
    ("path", "results", "http_status"),
    [
        ("/v1/posts", [ACCEPTED], 202),
        ("/v1/posts?validate_only=true", [ACCEPTED], 200),
        ("/v1/posts?validate_only=true", [Accepted(UUID(int=1), "0" * 32, None, False)], 200),
        ("/v1/posts", [REFUSED], 422),
        ("/v1/posts", [LogSilent("Nhật ký chưa xác nhận.")], 503),
    ],
)
async def test_sending_a_post(path: str, results: list[Result], http_status: int) -> None:
    await fits("sendPost", await ingest_answer(path, 0, *results), http_status)


@pytest.mark.parametrize(
    ("path", "results", "http_status"),
    [
        ("/v1/posts/batch", [ACCEPTED, REFUSED], 202),
        ("/v1/posts/batch?validate_only=true", [ACCEPTED, REFUSED], 200),
        ("/v1/posts/batch", [REFUSED], 422),
        ("/v1/posts/batch", [ACCEPTED, LogSilent("Nhật ký chưa xác nhận.")], 503),
    ],
)
async def test_sending_a_batch(path: str, results: list[Result], http_status: int) -> None:
    answer = await ingest_answer(path, len(results), *results)
    await fits("sendPosts", answer, http_status)
    assert len(answer.json()["results"]) == len(results)


async def fits(name: str, answer: httpx.Response, http_status: int) -> None:
    """The answer is one that the call documents."""
    assert answer.status_code == http_status, answer.text
    media_type = answer.headers["content-type"]
    check_whole(answer.json(), schema_of(BY_NAME[name], http_status, media_type))


def test_a_unit() -> None:
    answer = units._unit_answer(a_unit())
    for name, http_status in (("getUnit", 200), ("putUnit", 200), ("putUnit", 201)):
        check_whole(as_sent(answer), schema_of(BY_NAME[name], http_status))
    page = {"items": [answer], "next_cursor": None}
    check_whole(as_sent(page), schema_of(BY_NAME["listUnits"], 200))


def a_row() -> dict[str, Any]:
    """A row of the ledger with every column that the query reads."""
    names = [column.strip().split(".")[1] for column in posts_store._COLUMNS.split(",")]
    known = msgspec.structs.asdict(a_verdict()) | {"needs_review": False, "by_reviewer": False}
    filled = {"pending": True, "unit_id": "so-yte", "url": None, "title": "Tiêm vắc xin"}
    return {name: (known | filled).get(name) for name in names}


def test_a_post_of_the_ledger_and_its_history() -> None:
    row = posts.row_answer(cast(Any, a_row()), registry_of([a_unit()]))
    assert row["unit_id"] == "so-yte"
    page = {"items": [row], "next_cursor": "WyIt"}
    check_whole(as_sent(page), schema_of(BY_NAME["listPosts"], 200))
    review = a_review()
    history = [
        *(a_verdict(), review, a_review_withdrawal(review)),
        *(a_withdrawal(), a_restoration()),
    ]
    post = row | {"history": msgspec.to_builtins(history)}
    check_whole(as_sent(post), schema_of(BY_NAME["getPost"], 200))
    for name in ("withdrawPost", "restorePost", "reviewPost", "withdrawReview", "redactPost"):
        for http_status in (200, 202):
            check_whole(as_sent({"post": post}), schema_of(BY_NAME[name], http_status))


MONTH = window_at("month", date(2026, 11, 20))


class Looking:
    """Takes the place of ratio's view: what stands is told, not read."""

    def __init__(self, found: Mapping[str | None, Sums]) -> None:
        self.found = found

    async def groups(self, *_: Any) -> Mapping[str | None, Sums]:
        return self.found

    def asked(self, *_: Any) -> Asked:
        return Asked("so-yte", "Sở Y tế", DEFAULT, NOON)


def figures(count: int) -> Ratio:
    """The unit's figures with so many posts, all negative."""
    silent = SilentChannel(
        channel_id="so-yte-zalo",
        platform="zalo",
        last_day=date(2026, 11, 9),
        usual_gap_days=2,
    )
    asked = Asked("so-yte", "Sở Y tế", DEFAULT, NOON)
    return measure(asked, MONTH, Sums(Counts(0, 0, count, count), 0, 1), [silent])


@pytest.mark.parametrize("count", [0, 30])
def test_a_ratio_in_every_list(count: int) -> None:
    answer, known_at = figures(count), {"as_of": NOON}
    page = {"items": [answer], "next_cursor": None}
    check_whole(as_sent(page), schema_of(BY_NAME["listRatios"], 200))
    check_whole(as_sent(page | known_at), schema_of(BY_NAME["listRatios"], 200))
    series = {"unit_id": "so-yte", "name": "Sở Y tế", "bucket": "month", "items": [answer]}
    check_whole(as_sent(series | known_at), schema_of(BY_NAME["getSeries"], 200))
    copies = NearCopies(Counts(0, 0, 1, 1), 1.0, 29) if count else None
    whole = msgspec.to_builtins(answer) | {"near_copies": copies, "closing": None} | known_at
    check_whole(as_sent(whole), schema_of(BY_NAME["getRatio"], 200))


@pytest.mark.parametrize(
    ("by", "group"),
    [
        ("channel", "so-yte-zalo"),
        ("platform", "zalo"),
        ("action", "share"),
        ("format", "video"),
        ("topic", "tai_nan"),
    ],
)
async def test_the_groups_of_a_ratio(by: ratios.By, group: str) -> None:
    view = cast(View, Looking({group: Sums(Counts(0, 1, 2, 3), 0, 1), None: NO_POSTS}))
    groups = await ratios._groups(view, Scope("so-yte"), MONTH, by)
    assert [one["counts"]["total"] for one in groups] == [3]
    answer = msgspec.to_builtins(figures(3)) | {"by": by, "groups": groups, "closing": None}
    check_whole(as_sent(answer), schema_of(BY_NAME["getRatio"], 200))


def test_a_judgement() -> None:
    line = "Bắt nhóm trộm cắp"
    judgement = Judgement("tieu_cuc", Probabilities(0.02, 0.08, 0.9), 0.9, False, "toi_pham")
    weighed = Weighed(judgement, line, [Token(0, 3, 0.31)])
    answer = classify._answer(classify.Item(title=line), weighed)
    assert answer["words"]
    whole = {"model": "candoi-test@1", "items": [answer]}
    check_whole(as_sent(whole), schema_of(BY_NAME["classify"], 200))
