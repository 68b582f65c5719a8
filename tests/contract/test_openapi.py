"""The public API's document is complete: nothing that a programmer needs is left to guess."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator

from services.gateway.domain.access import SCOPES
from shared.problems import Refusal
from tests.contract.document import (
    BY_NAME,
    CALLS,
    DOCUMENT,
    PROBLEM,
    PUBLIC,
    Call,
    bodies,
    check,
    each_call,
    each_public_call,
    examples,
    followed,
)
from tests.contract.refusals import REFUSALS

PAGES = Path(__file__).resolve().parents[2] / "docs" / "problems"
HEALTH = {"/livez", "/readyz", "/metrics"}


def nodes(node: Any) -> list[dict[str, Any]]:
    """All objects of the document."""
    if isinstance(node, dict):
        return [node, *(inner for value in node.values() for inner in nodes(value))]
    return [inner for value in node for inner in nodes(value)] if isinstance(node, list) else []


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPI.model_validate(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere() -> None:
    references = [node["$ref"] for node in nodes(DOCUMENT) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert followed({"$ref": reference}), reference


def test_every_component_is_used() -> None:
    used = {node["$ref"] for node in nodes(DOCUMENT) if isinstance(node.get("$ref"), str)}
    for kind in ("schemas", "examples", "headers", "parameters"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}" in used


def test_fastapis_own_errors_are_nowhere() -> None:
    assert "ValidationError" not in str(DOCUMENT)


def test_servers_tell_where_to_call() -> None:
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]


def test_no_two_calls_share_a_name() -> None:
    assert len(BY_NAME) == len(CALLS)


@each_call
def test_a_call_has_name_tag_summary_and_description(call: Call) -> None:
    assert re.fullmatch(r"[a-z][a-zA-Z]+", call.name)
    assert set(call.operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    assert call.operation["tags"]
    assert call.operation["summary"]
    assert len(call.operation["description"]) > 20


@each_call
def test_every_parameter_is_described_and_every_part_of_the_path_is_one(call: Call) -> None:
    assert all(one["description"] for one in call.parameters())
    in_path = {one["name"] for one in call.parameters() if one["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", call.path))


@each_call
def test_every_body_has_a_schema_and_examples_that_fit_it(call: Call) -> None:
    for where, media_type, media in bodies(call):
        shown = examples(media)
        assert shown, f"{where} {media_type}"
        for example in shown:
            check(example, media["schema"])


@each_call
def test_every_problem_is_problem_json_of_a_documented_code(call: Call) -> None:
    for http_status, response in call.responses():
        if http_status < 400 or call.path in HEALTH:
            continue
        assert list(response["content"]) == [PROBLEM]
        media = response["content"][PROBLEM]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        for slug, example in media["examples"].items():
            document = followed(example)["value"]
            assert (document["code"], document["status"]) == (slug, http_status)
            assert (PAGES / f"{slug}.md").is_file()


@each_call
def test_examples_of_problems_have_title_and_place_of_the_code(call: Call) -> None:
    for _, media_type, media in bodies(call):
        for document in examples(media) if media_type == PROBLEM else []:
            known = [one for one in REFUSALS if one.slug == document["code"]]
            assert {(one.title, one.http_status) for one in known} == {
                (document["title"], document["status"])
            }
            # Some say the place when they are raised, not as a class.
            places = {place_of(one) for one in known} - {(None, None)}
            for fault in document.get("errors", []) if places else []:
                assert (fault.get("pointer"), fault.get("parameter")) in places


def place_of(refusal: type[Refusal]) -> tuple[str | None, str | None]:
    """The place that all refusals of a class have."""
    pointer = None if refusal.pointer is None else f"#{refusal.pointer}"
    return pointer, refusal.parameter


@each_call
def test_every_answer_tells_its_request_id(call: Call) -> None:
    for http_status, _ in call.responses():
        assert "X-Request-Id" in call.header_names(http_status)


@each_public_call
def test_every_public_call_needs_a_key(call: Call) -> None:
    assert [list(one) for one in call.operation["security"]] == [["bearer"]]
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {401, 429, 500, 503} <= {http_status for http_status, _ in call.responses()}


def test_what_is_not_under_v1_needs_no_key() -> None:
    open_calls = {call.path for call in CALLS if "security" not in call.operation}
    assert open_calls == HEALTH | {"/problems/{slug}"}


def test_each_call_and_the_scope_that_it_needs() -> None:
    """A call that goes, or asks for another scope, breaks those who use it."""
    found = {call.name: call.operation.get("x-required-scope") for call in PUBLIC}
    promised = {
        "sendPost": "posts:write",
        "sendPosts": "posts:write",
        "listPosts": "posts:read",
        "getPost": "posts:read",
        "withdrawPost": "posts:write",
        "restorePost": "posts:write",
        "reviewPost": "reviews:write",
        "withdrawReview": "reviews:write",
        "redactPost": "reviews:write",
        "listUnits": "units:read",
        "getUnit": "units:read",
        "putUnit": "units:write",
        "putChannel": "units:write",
        "getRatio": "ratios:read",
        "getSeries": "ratios:read",
        "listRatios": "ratios:read",
        "listSilentChannels": "ratios:read",
        "getReport": "ratios:read",
        "listAlerts": "ratios:read",
        "acknowledgeAlert": "alerts:write",
        "listPolicies": "ratios:read",
        "putPolicy": "policies:write",
        "listClosings": "ratios:read",
        "getClosing": "ratios:read",
        "closeWindow": "closings:write",
        "listCorrections": "ratios:read",
        "classify": "classify",
        "getMe": None,
    }
    assert found | promised == found


@each_public_call
def test_the_scope_is_named(call: Call) -> None:
    scope = call.operation.get("x-required-scope")
    assert (scope in SCOPES) == (call.path != "/v1/me")
    assert call.operation["security"] == [{"bearer": [scope] if scope else []}]
    assert f"Quyền: `{scope}`." in call.operation["description"] or scope is None
    assert (403 in {http_status for http_status, _ in call.responses()}) == (scope is not None)


@each_public_call
def test_quota_and_pause_are_among_the_headers(call: Call) -> None:
    for http_status, _ in call.responses():
        names = call.header_names(http_status)
        assert ({"RateLimit", "RateLimit-Policy"} <= names) == (http_status != 401)
        assert ("Retry-After" in names) == (http_status in (409, 429, 503))
        assert ("WWW-Authenticate" in names) == (http_status in (401, 403))


@each_public_call
def test_every_post_takes_an_idempotency_key(call: Call) -> None:
    names = {one["name"] for one in call.parameters() if one["in"] == "header"}
    assert ("Idempotency-Key" in names) == (call.method == "post")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("putUnit", {"If-Match", "If-None-Match"}),
        ("getRatio", {"If-None-Match"}),
        ("getUnit", set[str]()),
        ("getPost", set[str]()),
        ("withdrawPost", {"If-Match"}),
        ("withdrawReview", {"If-Match"}),
        ("reviewPost", {"If-Match", "Idempotency-Key"}),
        ("restorePost", {"If-Match", "Idempotency-Key"}),
    ],
)
def test_conditions_are_documented_where_they_are_read(name: str, expected: set[str]) -> None:
    headers = {one["name"] for one in BY_NAME[name].parameters() if one["in"] == "header"}
    assert headers == expected


@pytest.mark.parametrize(
    ("name", "http_status", "expected"),
    [
        ("getUnit", 200, {"ETag"}),
        ("putUnit", 200, {"ETag"}),
        ("putUnit", 201, {"ETag"}),
        ("putUnit", 202, {"ETag"}),
        ("getRatio", 200, {"ETag", "Cache-Control", "Vary"}),
        ("getRatio", 304, {"ETag", "Cache-Control", "Vary"}),
        ("listRatios", 200, {"Link", "Cache-Control", "Vary"}),
        ("listPosts", 200, {"Link"}),
        ("listUnits", 200, {"Link"}),
        ("listAlerts", 200, {"Link"}),
        ("listCorrections", 200, {"Link"}),
        ("getPost", 200, {"ETag"}),
        ("reviewPost", 200, {"ETag"}),
        ("withdrawReview", 202, {"ETag"}),
        ("getReport", 200, {"Content-Disposition"}),
        ("sendPost", 202, {"Idempotency-Replayed"}),
    ],
)
def test_headers_of_good_answers(name: str, http_status: int, expected: set[str]) -> None:
    assert expected <= BY_NAME[name].header_names(http_status)
