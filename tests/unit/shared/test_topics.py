"""What is declared of the topics holds together."""

import re
from typing import Any, get_args

import pytest

from shared.contracts import LedgerRecord, encode
from shared.dead_letters import DEAD_LETTERS
from shared.producer import DEAD_LETTER_BYTES_MAX, RECORD_BYTES_MAX
from shared.topics import ALERTS, ALL, DAY_MS, POSTS, RATIOS, UNITS, VERDICTS, Topic
from tests.builders import a_post, a_review, a_verdict, a_withdrawal

DAYS = {POSTS.name: 90, ALERTS.name: 400, DEAD_LETTERS: 90}


@pytest.mark.parametrize("name", ALL)
def test_a_name_carries_its_version(name: str) -> None:
    assert re.fullmatch(r"candoi\.[a-z-]+\.v1", name)


def test_posts_and_verdicts_of_a_channel_have_the_same_partition_number() -> None:
    assert POSTS.config.partitions == VERDICTS.config.partitions == 6
    assert POSTS.outgoing(a_post()).record_key == VERDICTS.outgoing(a_verdict()).record_key


def test_the_log_of_what_moves_a_count_is_kept_for_ever_and_stamped_by_the_broker() -> None:
    config = VERDICTS.config.config
    assert (config["cleanup.policy"], config["retention.ms"], config["retention.bytes"]) == (
        *("delete", "-1", "-1"),
    )
    assert config["message.timestamp.type"] == "LogAppendTime"


@pytest.mark.parametrize("name", DAYS)
def test_the_rest_is_kept_for_its_days(name: str) -> None:
    config = ALL[name].config
    assert (config["cleanup.policy"], config["retention.ms"]) == (
        *("delete", str(DAYS[name] * DAY_MS)),
    )


@pytest.mark.parametrize("topic", [UNITS, RATIOS], ids=lambda topic: topic.name)
def test_what_only_the_newest_holds_of_is_compacted(topic: Topic[Any]) -> None:
    assert topic.config.config["cleanup.policy"] == "compact"


@pytest.mark.parametrize("record", [a_verdict(), a_review(), a_withdrawal()])
def test_a_record_goes_under_its_channel_and_comes_back_as_it_was(record: LedgerRecord) -> None:
    assert type(record) in get_args(LedgerRecord)
    sent = VERDICTS.outgoing(record, (("traceparent", b"x"),))
    assert (sent.kafka_topic, sent.record_key) == (VERDICTS.name, record.channel_id.encode())
    assert sent.headers == (("traceparent", b"x"),)
    assert sent.value == encode(record)
    assert VERDICTS.codec.decode(sent.value) == record


def test_whatever_the_producer_sends_the_topic_takes() -> None:
    for name, topic in ALL.items():
        bytes_max = DEAD_LETTER_BYTES_MAX if name == DEAD_LETTERS else RECORD_BYTES_MAX
        assert bytes_max < int(topic.config["max.message.bytes"])
    # A dead letter is a whole record with a reason around it.
    assert DEAD_LETTER_BYTES_MAX > RECORD_BYTES_MAX + 4_096
