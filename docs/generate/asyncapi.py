"""AsyncAPI 3.0: the topics, who sends and who receives which records.

In: `shared.topics`, the JSON Schemas beside the document. Out: `asyncapi.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from docs.generate.form import Node, as_json
from docs.generate.schemas import TOPICS, file_name, record_names
from shared.dead_letters import DEAD_LETTERS
from shared.kafka import TopicConfig
from shared.settings import KafkaSettings
from shared.topics import ACTS, ALERTS, ALL, POSTS, RATIOS, UNITS, VERDICTS, Topic

BINDING_VERSION = "0.5.0"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a service does with a topic."""

    service: Literal["ingest", "classify", "ratio", "gateway"]
    action: Literal["send", "receive"]
    kafka_topic: str
    description: str


# tests/contract/test_contracts.py compares this with what the services do.
OPERATIONS = (
    Operation("ingest", "send", POSTS.name, "Every accepted revision, before the 202."),
    Operation("classify", "receive", POSTS.name, "Judges each revision once."),
    Operation("ratio", "receive", POSTS.name, "Knows what is pending, and titles for lists."),
    Operation("classify", "send", VERDICTS.name, "The model's verdicts."),
    Operation("ratio", "send", VERDICTS.name, "Reviews, withdrawals, their undoing, log first."),
    Operation("ratio", "receive", VERDICTS.name, "Counts; the only source of the counts."),
    Operation("ingest", "send", UNITS.name, "Each new version of a unit."),
    Operation("ratio", "receive", UNITS.name, "Knows who owns a channel on a day."),
    Operation("gateway", "receive", UNITS.name, "Knows which units a client sees."),
    Operation("ratio", "send", RATIOS.name, "A snapshot whenever a unit's figures change."),
    Operation("gateway", "receive", RATIOS.name, "Answers current ratios from memory."),
    Operation("ratio", "send", ALERTS.name, "Alerts and notes on them, log first."),
    Operation("ratio", "receive", ALERTS.name, "Knows which alerts stand, and lists them."),
    Operation("ratio", "send", ACTS.name, "What the centre decides, log first."),
    Operation("ratio", "receive", ACTS.name, "Knows limits, closed windows, hidden titles."),
    Operation("classify", "send", DEAD_LETTERS, "Posts that it could not read."),
    Operation("ratio", "send", DEAD_LETTERS, "Verdicts and units that it could not read."),
)
ABOUT: Mapping[str, str] = {
    POSTS.name: "Revisions of posts as ingest accepted them, with title, address and text.",
    VERDICTS.name: "Everything that moves a count: verdicts, reviews, withdrawals, their "
    "undoing. No title, address or text, so that it can be kept for ever.",
    UNITS.name: "Units with all channels that they ever had; the greatest `version` holds.",
    RATIOS.name: "A unit's ratios for every standing window; the greatest `version` holds.",
    ALERTS.name: "A unit entered or left `warning` or `breach`; a person took note of it.",
    ACTS.name: "What the centre decides beside the verdicts: limits, closed windows, titles that "
    "are shown no more.",
    DEAD_LETTERS: "Records that could not be read: the same bytes under the same key, with the "
    "reason as header, so that they can be sent again.",
}
KEYS: Mapping[str, str] = {
    **{topic.name: "channel_id" for topic in (POSTS, VERDICTS)},
    **{topic.name: "unit_id" for topic in (UNITS, RATIOS, ALERTS)},
    ACTS.name: "policy_id, window and first day, or post_id: what the act is about",
    DEAD_LETTERS: "the key of the record that could not be read",
}
TRACEPARENT: Node = {
    "type": "string",
    "description": "W3C trace context of the request that the record comes from",
    "examples": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
}
DEAD_LETTER: Node = {
    "name": "DeadLetter",
    "summary": "The bytes of a record, and why they could not be read",
    "contentType": "application/octet-stream",
    "headers": {
        "type": "object",
        "required": ["reason", "kafka_topic", "partition", "offset"],
        "properties": {
            "reason": {"type": "string", "maxLength": 500},
            "kafka_topic": {"type": "string", "description": "where the record was read"},
            "partition": {"type": "string", "description": "as decimal digits"},
            "offset": {"type": "string", "description": "as decimal digits"},
            "traceparent": TRACEPARENT,
        },
        "additionalProperties": {"description": "the record's own headers follow ours"},
    },
    "payload": {"description": "the bytes as they were read; no schema can be promised"},
}


def page() -> str:
    """The text of the document."""
    messages = {name: message for topic in TOPICS for name, message in _messages(topic).items()}
    document: Node = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "candoi topics",
            "version": "1.0.0",
            "description": "What passes between the services. Values are UTF-8 JSON; `schema` "
            "names the kind and version of a record; unknown fields are ignored, an unknown "
            "`schema` is refused.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": KafkaSettings.model_fields["bootstrap_servers"].default,
                "protocol": "kafka",
                "description": "`make up`; elsewhere CANDOI_KAFKA_BOOTSTRAP_SERVERS",
            }
        },
        "channels": {short(name): _channel(name, config) for name, config in ALL.items()},
        "operations": {
            f"{one.service}-{one.action}s-{short(one.kafka_topic)}": _operation(one)
            for one in OPERATIONS
        },
        "components": {"messages": {**messages, "DeadLetter": DEAD_LETTER}},
    }
    return as_json(document)


def short(kafka_topic: str) -> str:
    """`posts` for `candoi.posts.v1`."""
    return kafka_topic.split(".")[1]


def _messages(topic: Topic[Any]) -> dict[str, Node]:
    return {
        name: {
            "name": name,
            "payload": {"$ref": f"./{file_name(topic)}#/$defs/{name}"},
            "headers": {"type": "object", "properties": {"traceparent": TRACEPARENT}},
        }
        for name in record_names(topic)
    }


def _channel(kafka_topic: str, config: TopicConfig) -> Node:
    names = ["DeadLetter"]
    for topic in TOPICS:
        if topic.name == kafka_topic:
            names = record_names(topic)
    return {
        "address": kafka_topic,
        "description": f"{ABOUT[kafka_topic]} Key: {KEYS[kafka_topic]}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": kafka_topic,
                "partitions": config.partitions,
                "topicConfiguration": _configuration(config.config),
                "bindingVersion": BINDING_VERSION,
            }
        },
        "x-key": KEYS[kafka_topic],
    }


def _configuration(config: Mapping[str, str]) -> Node:
    numbers = ("retention.ms", "retention.bytes", "max.message.bytes")
    return {
        name: [value] if name == "cleanup.policy" else int(value) if name in numbers else value
        for name, value in config.items()
    }


def _operation(one: Operation) -> Node:
    channel = f"#/channels/{short(one.kafka_topic)}"
    return {
        "action": one.action,
        "channel": {"$ref": channel},
        "description": one.description,
        "tags": [{"name": one.service}],
    }
