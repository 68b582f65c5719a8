"""The document says what the code does: bodies as the services read them, answers as they are."""

import json
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
from services.ratio.domain.ratio import DayCount
from services.ratio.domain.window import window_at
from services.ratio.routes import posts, ratios
from services.ratio.store import posts as posts_store
from services.ratio.store.figures import By
from services.ratio.store.registry import KnownUnit
from shared.contracts import Probabilities
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings
from tests.builders import a_review, a_unit, a_verdict, a_withdrawal
from tests.contract.document import BY_NAME, DOCUMENT, Node, check_whole, schema_of
from tests.contract.gateway import send

pytestmark = pytest.mark.anyio

ACCEPTED = Accepted(UUID(int=1), "0" * 32, datetime(2026, 11, 23, 1, 31, tzinfo=UTC), False)
REFUSED = UnknownChannel("Kênh la chưa được đăng ký.")


def as_sent(answer: Any) -> Any:
    """The answer as JSON carries it."""
    return json.loads(msgspec.json.encode(answer))


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
        ("reviewPost", posts.ReviewDraft),
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
    known = msgspec.to_builtins(a_verdict()) | {"needs_review": False, "by_reviewer": False}
    filled = {"pending": True, "unit_id": "so-yte", "url": None, "title": "Tiêm vắc xin"}
    return {name: (known | filled).get(name) for name in names}


def test_a_post_of_the_ledger_and_its_history() -> None:
    row = posts._row_answer(cast(Any, a_row()))
    page = {"items": [row], "next_cursor": "WyIt"}
    check_whole(as_sent(page), schema_of(BY_NAME["listPosts"], 200))
    history = [a_verdict(), a_review(), a_withdrawal()]
    post = row | {"history": msgspec.to_builtins(history)}
    check_whole(as_sent(post), schema_of(BY_NAME["getPost"], 200))
    check_whole(as_sent({"post": post}), schema_of(BY_NAME["withdrawPost"], 202))


UNIT = KnownUnit("so-yte", "Sở Y tế", "department", None, 1)
MONTH = window_at("month", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("by", "group"),
    [("channel", "so-yte-zalo"), ("platform", "zalo"), ("action", "share"), (None, None)],
)
@pytest.mark.parametrize("count", [0, 30])
def test_a_ratio_and_its_groups(by: By | None, group: str | None, count: int) -> None:
    days = {("so-yte", group): [DayCount(date(2026, 11, 20), "tieu_cuc", count, 1)]}
    answer = msgspec.to_builtins(ratios.ratio_of(UNIT, MONTH, days))
    check_whole(
        as_sent({"items": [answer], "next_cursor": None}), schema_of(BY_NAME["listRatios"], 200)
    )
    if by is not None:
        answer |= {"by": by, "groups": ratios.groups_of(UNIT, MONTH, days, by)}
    check_whole(as_sent(answer), schema_of(BY_NAME["getRatio"], 200))


def test_a_judgement() -> None:
    line = "Bắt nhóm trộm cắp"
    judgement = Judgement("tieu_cuc", Probabilities(0.02, 0.08, 0.9), 0.9, False, "toi_pham")
    weighed = Weighed(judgement, line, [Token(0, 3, 0.31)])
    answer = classify._answer(classify.Item(title=line), weighed)
    assert answer["words"]
    whole = {"model": "candoi-test@1", "items": [answer]}
    check_whole(as_sent(whole), schema_of(BY_NAME["classify"], 200))
