"""The topics: name, what is in them, key, partitions, retention; and their creation.

In: a cluster. Out: the same cluster with every topic as declared here. `python -m shared.topics`
may be run any number of times; it never deletes and never shrinks.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

from shared.contracts import (
    Act,
    AlertRecord,
    Closing,
    Codec,
    LedgerRecord,
    Policy,
    Post,
    RecordT,
    Snapshot,
    Unit,
    encode,
)
from shared.dead_letters import DEAD_LETTERS
from shared.kafka import Headers, Outgoing, TopicConfig, create_topics
from shared.settings import KafkaSettings

DAY_MS = 86_400_000
# 100,000 characters of Vietnamese are at most 600 kB of UTF-8 with all else in the record.
RECORD_BYTES_MAX = 1_048_576

# Posts and verdicts of a channel share a partition number, so that one ratio process sees both.
CHANNEL_PARTITIONS = 6


@dataclass(frozen=True, slots=True)
class Topic(Generic[RecordT]):
    """A topic whose values are JSON records of `codec`'s types, keyed by `record_key`."""

    name: str
    codec: Codec[RecordT]
    record_key: Callable[[RecordT], str]
    config: TopicConfig

    def outgoing(self, record: RecordT, headers: Headers = ()) -> Outgoing:
        """The record as it goes on the wire."""
        return Outgoing(
            kafka_topic=self.name,
            record_key=self.record_key(record).encode(),
            value=encode(record),  # pyright: ignore[reportArgumentType]
            headers=headers,
        )


def _kept(days: int | None) -> Mapping[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(days * DAY_MS if days else -1),
        "retention.bytes": "-1",
        "max.message.bytes": str(RECORD_BYTES_MAX),
    }


COMPACTED: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(RECORD_BYTES_MAX),
}

POSTS: Topic[Post] = Topic(
    "candoi.posts.v1",
    Codec(Post),
    lambda post: post.channel_id,
    TopicConfig(CHANNEL_PARTITIONS, _kept(days=90)),
)
# The log of everything that moves a count is the truth: it is kept for ever.
# The broker stamps its records, so that "known at" means the same after a replay.
VERDICTS: Topic[LedgerRecord] = Topic(
    "candoi.verdicts.v1",
    Codec(LedgerRecord),
    lambda record: record.channel_id,
    TopicConfig(
        CHANNEL_PARTITIONS, {**_kept(days=None), "message.timestamp.type": "LogAppendTime"}
    ),
)
UNITS: Topic[Unit] = Topic(
    "candoi.units.v1", Codec(Unit), lambda unit: unit.unit_id, TopicConfig(1, COMPACTED)
)
RATIOS: Topic[Snapshot] = Topic(
    "candoi.ratios.v1",
    Codec(Snapshot),
    lambda snapshot: snapshot.unit_id,
    TopicConfig(1, COMPACTED),
)
ALERTS: Topic[AlertRecord] = Topic(
    "candoi.alerts.v1",
    Codec(AlertRecord),
    lambda record: record.unit_id,
    TopicConfig(1, _kept(days=400)),
)


def _subject(act: Act) -> str:
    match act:
        case Policy():
            return act.policy_id
        case Closing():
            return f"{act.window.name} {act.window.first_day}"
        case _:
            return str(act.post_id)


# What the centre decides beside the verdicts: limits, closed months, titles taken down. Never
# lost, since a report rests on them.
ACTS: Topic[Act] = Topic("candoi.acts.v1", Codec(Act), _subject, TopicConfig(1, _kept(days=None)))

ALL: Mapping[str, TopicConfig] = {
    **{topic.name: topic.config for topic in (POSTS, VERDICTS, UNITS, RATIOS, ALERTS, ACTS)},
    # As large as any record plus its headers.
    DEAD_LETTERS: TopicConfig(
        1, {**_kept(days=90), "max.message.bytes": str(2 * RECORD_BYTES_MAX)}
    ),
}


def main() -> None:
    """Create what is missing, set what differs, and say so."""
    for line in create_topics(KafkaSettings(), ALL):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
