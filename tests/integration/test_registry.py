"""The registry over a real log and a real database: versions, owners of channels, lists."""

from typing import Any

import httpx

from tests.integration.ingest_calls import (
    CHANNEL,
    UNIT,
    a_post,
    codes,
    units_of,
)
from tests.stack import Stack


def test_a_unit_is_in_the_log_when_the_answer_comes(ingest: Stack, client: httpx.Client) -> None:
    answer = client.put("/v1/units/so-moi", json=UNIT)
    assert answer.status_code == 201
    assert answer.json()["channels"] == []
    assert [unit.version for unit in units_of(ingest, "so-moi")] == [answer.json()["version"]]
    client.put("/v1/units/so-moi/channels/so-moi-zalo", json=CHANNEL).raise_for_status()
    newest = max(units_of(ingest, "so-moi"), key=lambda unit: unit.version)
    assert [channel.channel_id for channel in newest.channels] == ["so-moi-zalo"]
    assert client.get("/v1/units/so-moi").json()["version"] == newest.version


def test_a_unit_is_changed_only_in_the_version_that_is_known(client: httpx.Client) -> None:
    path, renamed = "/v1/units/so-doi-ten", UNIT | {"name": "Sở Khoa học và Công nghệ"}
    created = client.put(path, json=UNIT, headers={"If-None-Match": "*"})
    etag = created.headers["etag"]
    assert client.put(path, json=renamed).status_code == 428
    assert client.put(path, json=renamed, headers={"If-None-Match": "*"}).status_code == 412
    assert client.put(path, json=renamed, headers={"If-Match": '"1"'}).status_code == 412
    same = client.put(path, json=UNIT, headers={"If-Match": etag})
    assert (same.status_code, same.headers["etag"]) == (200, etag)
    changed = client.put(path, json=renamed, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    got = client.get(path)
    assert (got.json()["name"], got.headers["etag"]) == (renamed["name"], changed.headers["etag"])


def test_a_channel_moves_to_the_successor_of_its_unit_but_has_one_owner_a_day(
    client: httpx.Client, channel: str
) -> None:
    client.put("/v1/units/so-ke-thua", json=UNIT).raise_for_status()
    path = f"/v1/units/so-ke-thua/channels/{channel}"
    taken = client.put(path, json=CHANNEL | {"valid_from": "2025-03-01"})
    assert (taken.status_code, codes(taken)) == (
        409,
        [("channel-owned-by-another-unit", "#/valid_from")],
    )
    assert f"don-vi-{channel} từ 2024-04-16" in taken.json()["detail"]
    old = f"/v1/units/don-vi-{channel}/channels/{channel}"
    ended = client.put(old, json=CHANNEL | {"valid_to": "2025-02-28"})
    assert ended.status_code == 200
    assert client.put(path, json=CHANNEL | {"valid_from": "2025-03-01"}).status_code == 201
    early = a_post(channel, published_at="2024-04-15T23:59:59+07:00")
    assert codes(client.post("/v1/posts", json=early)) == [
        ("channel-not-registered", "#/channel_id")
    ]


def test_the_registry_refuses_what_cannot_be(client: httpx.Client) -> None:
    unknown = client.put("/v1/units/xa-mot", json=UNIT | {"parent_id": "tinh-la"})
    assert codes(unknown) == [("unknown-parent", "#/parent_id")]
    client.put("/v1/units/tinh-mot", json=UNIT).raise_for_status()
    client.put("/v1/units/xa-mot", json=UNIT | {"parent_id": "tinh-mot"}).raise_for_status()
    etag = {"If-Match": client.get("/v1/units/tinh-mot").headers["etag"]}
    cycle = client.put("/v1/units/tinh-mot", json=UNIT | {"parent_id": "xa-mot"}, headers=etag)
    assert codes(cycle) == [("parent-cycle", "#/parent_id")]
    assert client.put("/v1/units/Xa Mot", json=UNIT).status_code == 422
    assert client.get("/v1/units/%00").status_code == 404
    nobody = client.put("/v1/units/khong-co/channels/kenh-nao", json=CHANNEL)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown-unit")


def test_the_list_of_units_leads_on_from_page_to_page(client: httpx.Client) -> None:
    ids = [f"trang-{number}" for number in range(5)]
    for unit_id in ids:
        client.put(f"/v1/units/{unit_id}", json=UNIT | {"kind": "press"}).raise_for_status()
    found: list[str] = []
    params: dict[str, Any] = {"kind": "press", "limit": 2}
    while True:
        page = client.get("/v1/units", params=params).json()
        found += [unit["unit_id"] for unit in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert found == ids
    other = client.get("/v1/units", params=params | {"kind": "school"})
    assert (other.status_code, other.json()["code"]) == (400, "invalid-cursor")
