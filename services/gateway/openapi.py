"""The OpenAPI document: what the routes declare, and what holds for every call.

In: the app. Out: its document, OpenAPI 3.1. Key, scope, quota, request id and their problems are
added here by rule, so that no new call can forget them.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.gateway.routes.schemas.alerts import AcknowledgementDraft
from services.gateway.routes.schemas.answers import SCHEMAS, asks, refuses
from services.gateway.routes.schemas.classify import ClassifyDraft
from services.gateway.routes.schemas.examples import example_of
from services.gateway.routes.schemas.headers import HEADERS, PARAMETERS
from services.gateway.routes.schemas.health import HEALTH, Health
from services.gateway.routes.schemas.policies import PolicyDraft
from services.gateway.routes.schemas.posts import PostDraft, RedactionDraft, ReviewDraft
from services.gateway.routes.schemas.problem_examples import (
    IDEMPOTENCY,
    INTERNAL_ERROR,
    INVALID_INPUT,
    INVALID_KEY,
    QUOTA_EXCEEDED,
    UNAVAILABLE,
    WITH_BODY,
    insufficient_scope,
)
from services.gateway.routes.schemas.problems import Example, Problem
from services.gateway.routes.schemas.units import ChannelDraft, UnitDraft
from shared.problems import PROBLEM_MEDIA_TYPE

Node = dict[str, Any]

DESCRIPTION = """\
Cân Đối đếm trực tiếp tỉ lệ thông tin tiêu cực trong tin, bài mà từng đơn vị đăng và chia sẻ
(Công văn 830/STTTT-TTBCXB: dưới 15 %).

- **Khóa**: `Authorization: Bearer candoi_...`; mỗi lời gọi ghi quyền mà nó cần. Thử khóa bằng
  `GET /v1/me`.
- **Lỗi**: `application/problem+json` (RFC 9457). Chương trình rẽ nhánh theo `code`; `detail` nói
  cách sửa, `errors` chỉ từng chỗ sai, `type` là trang giải thích.
- **Gửi lại**: 429 và 503 có `Retry-After`; gửi lại nguyên yêu cầu không bị đếm hai lần.
- **Thêm trường**: câu trả lời có thể có thêm trường; hãy bỏ qua trường lạ.
- **Dấu vết**: gửi kèm `X-Request-Id` và `traceparent` (W3C) nếu có; mọi câu trả lời mang
  `X-Request-Id`.
"""
TAGS = [
    {"name": "posts", "description": "Gửi tin, xem tin đứng sau con số, duyệt lại, gỡ."},
    {"name": "units", "description": "Danh bạ đơn vị và kênh."},
    {"name": "ratios", "description": "Tỉ lệ tiêu cực của từng đơn vị và toàn tỉnh."},
    {"name": "reports", "description": "Báo cáo của một kỳ thành tệp."},
    {"name": "alerts", "description": "Đơn vị vào hoặc ra khỏi mức cảnh báo, vượt ngưỡng."},
    {"name": "policies", "description": "Ngưỡng, do trung tâm đặt."},
    {"name": "closings", "description": "Chốt số liệu một kỳ; đính chính về sau."},
    {"name": "classify", "description": "Thử mô hình, không ghi vào sổ cái."},
    {"name": "about", "description": "Khóa API và các trang giải thích lỗi."},
    {"name": "health", "description": "Cho người vận hành; không cần khóa."},
]
# Shapes that no route names to FastAPI: bodies are passed on unread.
NAMED: Sequence[type[BaseModel]] = (
    Problem,
    Health,
    PostDraft,
    ReviewDraft,
    RedactionDraft,
    AcknowledgementDraft,
    PolicyDraft,
    UnitDraft,
    ChannelDraft,
    ClassifyDraft,
)


def describe(app: FastAPI) -> Node:
    """The app's document, made at the first call."""
    if app.openapi_schema is None:
        app.openapi_schema = _complete(
            get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=TAGS,
                servers=[{"url": app.state.public_base_url or "/"}],
            )
        )
    return app.openapi_schema


def _complete(document: Node) -> Node:
    for path, method, operation in _operations(document):
        _drop_own_validation_error(operation)
        if path in HEALTH:
            operation |= deepcopy(HEALTH[path])
        elif "security" in operation:
            _add_common_problems(method, operation)
            _add_scope(operation)
        else:
            _add_problems(operation, INTERNAL_ERROR)
        _add_headers(method, operation)
        operation["responses"] = dict(sorted(operation["responses"].items()))
    schemas = _schemas(document["components"]["schemas"])
    _fill_examples(document, schemas)
    document["components"] |= {
        "schemas": schemas,
        "examples": _share_examples(document),
        "headers": dict(HEADERS),
        "parameters": dict(PARAMETERS),
    }
    return document


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _drop_own_validation_error(operation: Node) -> None:
    """FastAPI documents a 422 of its own, which `shared.http` never answers."""
    content: Node = operation["responses"].get("422", {}).get("content", {})
    if "HTTPValidationError" in str(content):
        del operation["responses"]["422"]


def _add_common_problems(method: str, operation: Node) -> None:
    body, scopes = "requestBody" in operation, operation["security"][0]["bearer"]
    _add_problems(
        operation,
        *(INVALID_KEY, QUOTA_EXCEEDED, INTERNAL_ERROR, UNAVAILABLE),
        *(insufficient_scope(scope) for scope in scopes),
        *(WITH_BODY if body else ()),
        *(IDEMPOTENCY if method == "post" else ()),
        *((INVALID_INPUT,) if body or operation.get("parameters") else ()),
    )
    if method == "post":
        operation.setdefault("parameters", []).extend(asks("IdempotencyKey")["parameters"])


def _add_problems(operation: Node, *examples: Example) -> None:
    for http_status, response in refuses(*examples).items():
        known = operation["responses"].setdefault(str(http_status), response)
        for media_type, media in response["content"].items():
            shown: Node = known["content"][media_type]["examples"]
            known["content"][media_type]["examples"] = media["examples"] | shown


def _add_scope(operation: Node) -> None:
    scopes = operation["security"][0]["bearer"]
    if scopes:
        # Many programs know the scopes under `security` of OAuth2 only.
        operation["x-required-scope"] = scopes[0]
        operation["description"] += f"\n\nQuyền: `{scopes[0]}`."
    else:
        operation["description"] += "\n\nKhóa nào cũng được."


def _add_headers(method: str, operation: Node) -> None:
    for http_status, response in operation["responses"].items():
        names = ["X-Request-Id"]
        if "security" in operation and http_status != "401":
            names += ["RateLimit-Policy", "RateLimit"]
        if http_status in ("401", "403"):
            names.append("WWW-Authenticate")
        if "security" in operation and http_status in ("409", "429", "503"):
            names.append("Retry-After")
        if method == "post" and http_status < "300":
            names.append("Idempotency-Replayed")
        references = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        response["headers"] = response.get("headers", {}) | references


def _fill_examples(document: Node, schemas: Node) -> None:
    """Each body's example. Not where it is declared: FastAPI takes every null out of it."""
    for _, _, operation in _operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            media: Node = body.get("content", {}).get("application/json", {})
            if media and "example" not in media:
                media["example"] = example_of(media["schema"], schemas)


def _share_examples(document: Node) -> Node:
    """The examples of problems, each once; calls refer to them. One that differs from the others
    of its code (it names a scope, say) stays with its call."""
    shared: Node = {}
    for _, _, operation in _operations(document):
        for response in operation["responses"].values():
            shown: Node = response.get("content", {}).get(PROBLEM_MEDIA_TYPE, {})
            for slug, example in shown.get("examples", {}).items():
                if shared.setdefault(slug, example) == example:
                    shown["examples"][slug] = {"$ref": f"#/components/examples/{slug}"}
    return dict(sorted(shared.items()))


def _schemas(found: Node) -> Node:
    _, definitions = models_json_schema(
        [(model, "validation") for model in NAMED], ref_template=SCHEMAS + "{model}"
    )
    own = ("HTTPValidationError", "ValidationError")
    kept = {name: schema for name, schema in found.items() if name not in own}
    return dict(sorted((kept | definitions["$defs"]).items()))
