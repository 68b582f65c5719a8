"""The gateway's OpenAPI document as the tests look at it.

In: the app, built and not started. Out: its calls, their schemas as validators.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from docs.generate.openapi import page

Node = dict[str, Any]

DOCUMENT: Node = json.loads(page())
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of the document."""

    method: str
    path: str
    operation: Node

    @property
    def name(self) -> str:
        return self.operation["operationId"]

    def responses(self) -> Iterator[tuple[int, Node]]:
        """Each documented answer by its status."""
        for http_status, response in self.operation["responses"].items():
            yield int(http_status), response

    def parameters(self) -> list[Node]:
        """Path, query and header parameters, references followed."""
        return [followed(one) for one in self.operation.get("parameters", [])]

    def header_names(self, http_status: int) -> set[str]:
        """The documented headers of an answer."""
        return set(self.operation["responses"][str(http_status)].get("headers", {}))


CALLS = [
    Call(method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
BY_NAME = {call.name: call for call in CALLS}
PUBLIC = [call for call in CALLS if call.path.startswith("/v1/")]

each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
each_public_call = pytest.mark.parametrize("call", PUBLIC, ids=lambda call: call.name)


def followed(node: Node) -> Node:
    """The node, or what it refers to. Raises KeyError if that is not there."""
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def schema_of(call: Call, http_status: int, media_type: str = "application/json") -> Node:
    """The schema of an answer's body; parameters such as `charset` name no other media type."""
    content = call.operation["responses"][str(http_status)]["content"]
    by_type = {name.partition(";")[0]: media for name, media in content.items()}
    return by_type[media_type.partition(";")[0]]["schema"]


def check(value: Any, schema: Node, components: Node = DOCUMENT["components"]) -> None:
    """Raises ValidationError if the value does not fit a schema of the document."""
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator({**schema, "components": components}, format_checker=checker).validate(
        value
    )


def check_whole(value: Any, schema: Node) -> None:
    """As `check`, and nothing may be there that the document does not tell."""
    check(value, schema, CLOSED)


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(one) for name, one in node.items()}
    return {"additionalProperties": False, **closed} if "properties" in node else closed


CLOSED: Node = _closed(DOCUMENT["components"])


def bodies(call: Call) -> Iterator[tuple[str, str, Node]]:
    """Every body of a call: whose it is, its media type, its description."""
    body = call.operation.get("requestBody", {})
    for media_type, media in body.get("content", {}).items():
        yield "request", media_type, media
    for http_status, response in call.responses():
        for media_type, media in response.get("content", {}).items():
            yield str(http_status), media_type, media


def as_sent(answer: Any) -> Any:
    """The answer as JSON carries it."""
    return json.loads(msgspec.json.encode(answer))


def examples(media: Node) -> list[Any]:
    """The example values of a body."""
    if "example" in media:
        return [media["example"]]
    return [followed(one)["value"] for one in media.get("examples", {}).values()]
