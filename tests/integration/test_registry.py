"""The registry over a real log and a real database: versions, owners of channels, lists."""

from typing import Any

import httpx
import pytest

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


def test_dates_of_a_channel_stand_in_order(client: httpx.Client, channel: str) -> None:
    path = f"/v1/units/don-vi-{channel}/channels/{channel}"
    reversed_dates = client.put(path, json=CHANNEL | {"valid_to": "2024-04-15"})
    assert codes(reversed_dates) == [("dates-reversed", "#/valid_to")]


@pytest.fixture(scope="module")
def reform(client: httpx.Client) -> dict[str, Any]:
    """A commune as it is after the reform, under units that are registered."""
    client.put("/v1/units/tinh-moi", json=UNIT).raise_for_status()
    district = UNIT | {"parent_id": "tinh-moi", "valid_to": "2025-06-30"}
    client.put("/v1/units/huyen-cu", json=district).raise_for_status()
    return UNIT | {
        "kind": "commune",
        "parent_id": "tinh-moi",
        "former_parents": [{"parent_id": "huyen-cu", "valid_to": "2025-06-30"}],
    }


def put_again(client: httpx.Client, unit_id: str, unit: Any, **headers: str) -> httpx.Response:
    """Change a unit in the version that stands."""
    path = f"/v1/units/{unit_id}"
    etag = client.get(path).headers["etag"]
    return client.put(path, json=unit, headers={"If-Match": etag} | headers)


def test_the_parents_of_a_unit_before_the_present_one_are_kept_shown_and_sent(
    ingest: Stack, client: httpx.Client, reform: dict[str, Any]
) -> None:
    simple = {name: value for name, value in reform.items() if name != "former_parents"}
    created = client.put("/v1/units/xa-doi-cap", json=simple)
    assert created.json()["former_parents"] == []
    moved = put_again(client, "xa-doi-cap", reform).json()
    assert moved["former_parents"] == reform["former_parents"]
    assert put_again(client, "xa-doi-cap", reform).json()["version"] == moved["version"]
    assert client.get("/v1/units/xa-doi-cap").json() == moved
    assert moved in client.get("/v1/units", params={"kind": "commune"}).json()["items"]
    newest = max(units_of(ingest, "xa-doi-cap"), key=lambda unit: unit.version)
    assert [(one.parent_id, str(one.valid_to)) for one in newest.former_parents] == [
        ("huyen-cu", "2025-06-30")
    ]


def test_parents_in_time_are_refused_with_the_place_of_the_fault(
    client: httpx.Client, reform: dict[str, Any]
) -> None:
    client.put("/v1/units/xa-cap-duoi", json=reform).raise_for_status()
    (former,) = reform["former_parents"]

    def refusal(*parents: dict[str, str]) -> list[tuple[str, str]]:
        wrong = reform | {"former_parents": parents}
        return codes(put_again(client, "xa-cap-duoi", wrong))

    assert refusal(former, former) == [("dates-reversed", "#/former_parents/1/valid_to")]
    assert refusal(former | {"parent_id": "huyen-la"}) == [
        ("unknown-parent", "#/former_parents/0/parent_id")
    ]
    assert refusal({"parent_id": "xa-cap-duoi", "valid_to": "2025-06-30"}) == [
        ("parent-cycle", "#/former_parents/0/parent_id")
    ]
    assert refusal(former | {"valid_to": "30/6/2025"}) == [
        ("date_parsing", "#/former_parents/0/valid_to")
    ]
    district = UNIT | {"parent_id": "xa-cap-duoi", "valid_to": "2025-06-30"}
    assert codes(put_again(client, "huyen-cu", district)) == [("parent-cycle", "#/parent_id")]


def test_a_client_that_sees_only_its_unit_leaves_its_parents_as_they_were(
    client: httpx.Client, reform: dict[str, Any]
) -> None:
    client.put("/v1/units/xa-gan-khoa", json=reform).raise_for_status()
    bound = {"X-Candoi-Units": "xa-gan-khoa"}
    renamed = put_again(client, "xa-gan-khoa", reform | {"name": "Xã"}, **bound)
    assert renamed.status_code == 200
    without = put_again(client, "xa-gan-khoa", reform | {"former_parents": []}, **bound)
    assert codes(without) == [("parent-kept", "#/parent_id")]


def test_units_are_not_merged_in_a_circle(client: httpx.Client) -> None:
    ended = UNIT | {"valid_to": "2025-02-28", "succeeded_by": "so-vong-hai"}
    client.put("/v1/units/so-vong-mot", json=ended).raise_for_status()
    third = UNIT | {"succeeded_by": "so-vong-mot"}
    client.put("/v1/units/so-vong-ba", json=third).raise_for_status()
    circle = client.put("/v1/units/so-vong-hai", json=UNIT | {"succeeded_by": "so-vong-ba"})
    assert (circle.status_code, codes(circle)) == (422, [("succession-cycle", "#/succeeded_by")])


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
