"""Names, keys, partitions and retention of the topics; who sends and who receives."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from docs.generate import asyncapi
from docs.generate.__main__ import pages
from shared import topics
from shared.contracts import (
    ID_NAMESPACE,
    Acknowledgement,
    Alert,
    Closing,
    Policy,
    Record,
    Redaction,
    Snapshot,
    Unit,
)
from shared.dead_letters import DEAD_LETTERS, dead_letter
from shared.kafka import Incoming
from shared.topics import ACTS, ALL, POSTS, VERDICTS, Topic
from tests.builders import NOON, POST_ID
from tests.contract.golden import each_record
from tests.contract.sources import SERVICES, source_of

DAY_MS = 86_400_000
# Another number of partitions would part the revisions of a post, another retention lose some.
EXPECTED = {
    "candoi.posts.v1": (6, "delete", 90 * DAY_MS),
    "candoi.verdicts.v1": (6, "delete", -1),
    "candoi.units.v1": (1, "compact", None),
    "candoi.ratios.v1": (1, "compact", None),
    "candoi.alerts.v1": (1, "delete", 400 * DAY_MS),
    "candoi.acts.v1": (1, "delete", -1),
    "candoi.dead-letters.v1": (1, "delete", 90 * DAY_MS),
}


def test_topics_partitions_and_retention() -> None:
    assert ALL.keys() == EXPECTED.keys()
    for name, (partitions, policy, retention_ms) in EXPECTED.items():
        config = dict(ALL[name].config)
        kept = config.get("retention.ms")
        found = (ALL[name].partitions, config["cleanup.policy"], int(kept) if kept else None)
        assert found == (partitions, policy, retention_ms), name
        # A limit by size would drop records that the limit by time still promises.
        assert config.get("retention.bytes", "-1") == "-1"


def test_the_broker_stamps_what_moves_a_count() -> None:
    assert VERDICTS.config.config["message.timestamp.type"] == "LogAppendTime"


@each_record
def test_a_record_is_keyed_by_what_must_stay_in_one_order(
    topic: Topic[Any], record: Record, golden: str
) -> None:
    outgoing = topic.outgoing(record)
    assert (outgoing.kafka_topic, outgoing.record_key) == (topic.name, key_of(record))
    expected = "channel_id" if topic in (POSTS, VERDICTS) else "unit_id"
    assert topic is ACTS or asyncapi.KEYS[topic.name] == expected


def key_of(record: Record) -> bytes:
    """What the golden record is about."""
    match record:
        case Unit() | Snapshot() | Alert() | Acknowledgement():
            return b"so-yte"
        case Policy():
            return b"bao-chi"
        case Closing():
            return b"month 2026-11-01"
        case Redaction():
            return str(POST_ID).encode()
        case _:
            return b"so-yte-facebook"


def test_the_namespace_of_all_ids_never_changes() -> None:
    assert UUID("5a0d8ae2-4a0a-5c55-9b6c-9d2f5f1c8a15") == ID_NAMESPACE


@pytest.mark.parametrize("service", SERVICES)
def test_asyncapi_tells_what_each_service_sends_and_receives(service: str) -> None:
    source = source_of(service)
    does = {
        (action, getattr(topics, variable).name)
        for action, method in (("send", "outgoing"), ("receive", r"codec\.decode"))
        for variable in re.findall(rf"\b([A-Z]+)\.{method}\(", source)
    }
    if "dead_letter(" in source:
        does.add(("send", DEAD_LETTERS))
    told = {(one.action, one.kafka_topic) for one in asyncapi.OPERATIONS if one.service == service}
    assert told == does


def test_the_headers_of_a_dead_letter_are_documented() -> None:
    trace = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    record = Incoming(POSTS.name, 3, 17, NOON, b"so-yte-facebook", b"{", (trace,))
    letter = dead_letter(record, "x" * 501)
    headers = {name: value.decode() for name, value in letter.headers}
    schema = asyncapi.DEAD_LETTER["headers"]
    Draft202012Validator(schema).validate(headers)
    assert headers.keys() == schema["properties"].keys() == {*schema["required"], "traceparent"}
    assert (letter.record_key, letter.value) == (record.record_key, record.value)


def test_asyncapi_refers_to_what_is_there() -> None:
    document = json.loads(pages()["docs/contracts/asyncapi.json"])
    for name, message in document["components"]["messages"].items():
        if name == "DeadLetter":
            continue
        file, _, definition = message["payload"]["$ref"].partition("#/$defs/")
        schema = json.loads(pages()[f"docs/contracts/{file.removeprefix('./')}"])
        assert schema["$defs"][definition]["title"] == name
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            name = message["$ref"].removeprefix("#/components/messages/")
            assert name in document["components"]["messages"]
