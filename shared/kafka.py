"""What goes over the wire to and from Kafka, how to connect, and the creation of topics.

In: settings, declared topics. Out: connection options for the clients, values that the producer
and the consumer edges take and give.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

# kafka-python computes each batch's CRC in pure Python when this module is missing: 70 times
# slower, and nobody notices before the load comes. So its absence stops the start.
import crc32c as _crc32c  # noqa: F401  # pyright: ignore[reportUnusedImport]
import stamina
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError
from msgspec import Struct

from shared.settings import KafkaSettings

# A starting process waits for a log that is away, less long than a stop may take; then it ends,
# and whoever started it tries again.
START_SECONDS = 20
until_the_log_answers = stamina.retry(
    on=(KafkaError, OSError), attempts=None, timeout=START_SECONDS, wait_max=2.0
)

Headers = tuple[tuple[str, bytes], ...]
Offsets = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send."""

    kafka_topic: str
    record_key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def size_bytes(self) -> int:
        """About what the record takes on the wire, uncompressed."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.record_key or b"") + len(self.value or b"") + headers + 100


class Incoming(Struct, frozen=True):
    """A record as it was read. `logged_at` is the time that the log keeps with it, in UTC.

    One is made for every record of the log; a dataclass would take four times as long.
    """

    kafka_topic: str
    partition: int
    offset: int
    logged_at: datetime
    record_key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one poll, in the order of each partition."""

    records: Sequence[Incoming]
    # For each partition of the batch: its first offset, and the offset after its last record.
    first_offsets: Offsets
    next_offsets: Offsets


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """What a topic must look like in the cluster."""

    partitions: int
    config: Mapping[str, str]


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Options that every client of the cluster takes."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "security_protocol": settings.security_protocol,
        # The library's pause grows to 30 s: a broker that is back would not be seen for as long.
        "reconnect_backoff_max_ms": 1_000,
    }
    if settings.security_protocol.startswith("SASL"):
        password = settings.sasl_password
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": password.get_secret_value() if password else None,
        }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_cafile"] = settings.ssl_cafile
    return options


class TopicMismatch(Exception):
    """A topic exists with other partitions than declared; nothing can mend that by itself."""


def create_topics(settings: KafkaSettings, topics: Mapping[str, TopicConfig]) -> Iterator[str]:
    """Create the missing topics, set the configuration that differs; yield what was done.

    Raises TopicMismatch if an existing topic has another number of partitions: keys would move
    to other partitions, and with them the order of a post's revisions.
    """
    admin = KafkaAdminClient(**connection(settings))
    try:
        existing = set(admin.list_topics())
        missing = {name: topic for name, topic in topics.items() if name not in existing}
        if missing:
            admin.create_topics(
                {
                    name: {
                        "num_partitions": topic.partitions,
                        "replication_factor": settings.replication_factor,
                        "configs": dict(topic.config),
                    }
                    for name, topic in missing.items()
                },
                wait_for_metadata=True,
            )
        yield from (f"{name}: created" for name in missing)
        kept = {name: topic for name, topic in topics.items() if name in existing}
        yield from _mend(admin, kept)
    finally:
        admin.close()


def _mend(admin: KafkaAdminClient, topics: Mapping[str, TopicConfig]) -> Iterator[str]:
    for described in admin.describe_topics(list(topics)) if topics else []:
        name, declared = described["name"], topics[described["name"]]
        if len(described["partitions"]) != declared.partitions:
            raise TopicMismatch(
                f"{name} has {len(described['partitions'])} partitions, "
                f"declared are {declared.partitions}"
            )
        found = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, list(declared.config))],
            config_filter="all",
        )
        values = found["topic"][name]
        changed = {
            option: value
            for option, value in declared.config.items()
            if values.get(option, {}).get("value") != value
        }
        if changed:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, changed)])
            yield f"{name}: set {', '.join(changed)}"


@until_the_log_answers
async def topic_ids(settings: KafkaSettings, names: Sequence[str]) -> dict[str, UUID]:
    """The cluster's id of each topic, which changes when a topic is deleted and created anew."""
    return await asyncio.to_thread(_topic_ids, settings, names)


def _topic_ids(settings: KafkaSettings, names: Sequence[str]) -> dict[str, UUID]:
    admin = KafkaAdminClient(**connection(settings))
    try:
        return {
            described["name"]: UUID(str(described["topic_id"]))
            for described in admin.describe_topics(list(names))
        }
    finally:
        admin.close()
