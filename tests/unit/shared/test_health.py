"""What an operator and Prometheus see of a service."""

from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from tests.unit.shared.tiny_app import Health

pytestmark = pytest.mark.anyio


def answered(**labels: Any) -> float:
    name = "candoi_http_requests_total"
    return REGISTRY.get_sample_value(name, {key: str(value) for key, value in labels.items()}) or 0


async def test_alive_is_not_ready(client: httpx.AsyncClient, health: Health) -> None:
    health.database = "PostgreSQL does not answer"
    alive, ready = await client.get("/livez"), await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "checks": {"process": "ok"}})
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "unavailable", "checks": {"database": "PostgreSQL does not answer"}},
    )
    health.database, health.process = None, "no poll for 130 s"
    alive, ready = await client.get("/livez"), await client.get("/readyz")
    assert (alive.status_code, alive.json()["checks"]) == (503, {"process": "no poll for 130 s"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok"}},
    )


async def test_metrics_count_by_the_template_of_the_route(client: httpx.AsyncClient) -> None:
    unit = {"method": "GET", "route": "/v1/units/{unit_id}", "http_status": 200}
    unknown = {"method": "GET", "route": "unknown", "http_status": 404}
    bug = {"method": "GET", "route": "/v1/fails/{how}", "http_status": 500}
    before = [answered(**labels) for labels in (unit, unknown, bug)]
    for path in ("/v1/units/so-yte", "/v1/units/so-tttt", "/v1/so-yte", "/v1/fails/bug"):
        await client.get(path)
    after = [answered(**labels) for labels in (unit, unknown, bug)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1, 1]


async def test_prometheus_reads_the_metrics_without_ids(client: httpx.AsyncClient) -> None:
    await client.get("/v1/units/so-khong-ai-biet")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'candoi_http_request_seconds_count{method="GET",route="/v1/units/{unit_id}"}' in (
        answer.text
    )
    assert "so-khong-ai-biet" not in answer.text
