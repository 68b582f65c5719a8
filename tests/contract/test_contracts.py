"""What the services promise each other: the records, and the generated files about them."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import fields

from docs.generate import schemas
from docs.generate.__main__ import differences, pages, stored
from shared.contracts import Probabilities, Record, Unreadable, encode
from shared.topics import POSTS, UNITS, VERDICTS, Topic
from tests.builders import a_channel, a_post, a_review, a_unit, a_verdict, a_withdrawal
from tests.contract.golden import EARLY, each_record


def validator(topic: Topic[Any]) -> Draft202012Validator:
    """The generated schema of the topic's values."""
    schema = json.loads(pages()[f"docs/contracts/{schemas.file_name(topic)}"])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


VALIDATORS = {topic.name: validator(topic) for topic in schemas.TOPICS}


def test_generated_files_are_current() -> None:
    assert list(differences(pages(), stored())) == []


def test_the_check_tells_what_is_stale_missing_or_too_much() -> None:
    told = list(differences({"a": "1\n", "b": "new\n"}, {"a": "1\n", "b": "old\n", "c": "x\n"}))
    assert [line.partition(";")[0] for line in told] == [
        "b is not current",
        *("    @@ -1 +1 @@", "    -old", "    +new"),
        "c is not current",
        *("    @@ -1 +0,0 @@", "    -x"),
    ]


@each_record
def test_the_bytes_of_a_record_never_change(topic: Topic[Any], record: Record, golden: str) -> None:
    assert encode(record).decode() == golden
    assert topic.codec.decode(golden.encode()) == record


@each_record
def test_a_record_fits_the_schema_of_its_topic_and_of_no_other(
    topic: Topic[Any], record: Record, golden: str
) -> None:
    value = json.loads(golden)
    assert {name for name, one in VALIDATORS.items() if one.is_valid(value)} == {topic.name}


@each_record
def test_an_unknown_field_is_ignored_by_code_and_schema(
    topic: Topic[Any], record: Record, golden: str
) -> None:
    value = json.loads(golden) | {"added_later": {"by": ["a", "minor", "version"]}}
    assert topic.codec.decode(json.dumps(value).encode()) == record
    VALIDATORS[topic.name].validate(value)


@each_record
@pytest.mark.parametrize("version", ["v2", "v0"])
def test_an_unknown_schema_is_refused_by_code_and_schema(
    topic: Topic[Any], record: Record, golden: str, version: str
) -> None:
    value = json.loads(golden)
    value["schema"] = re.sub(r"v1$", version, value["schema"])
    with pytest.raises(Unreadable, match=version):
        topic.codec.decode(json.dumps(value).encode())
    with pytest.raises(ValidationError):
        VALIDATORS[topic.name].validate(value)


@each_record
def test_every_field_is_needed_by_code_and_schema(
    topic: Topic[Any], record: Record, golden: str
) -> None:
    whole = json.loads(golden)
    for name in whole.keys() - {"schema"} - added_later(record):
        value = {field: whole[field] for field in whole if field != name}
        with pytest.raises(Unreadable, match=f"`{name}`"):
            topic.codec.decode(json.dumps(value).encode())
        assert not VALIDATORS[topic.name].is_valid(value)


def added_later(record: Record) -> set[str]:
    """Fields that have a default."""
    return {field.name for field in fields(record) if not field.required}


@pytest.mark.parametrize(("topic", "early"), EARLY, ids=[topic.name for topic, _ in EARLY])
def test_what_was_written_before_a_field_was_added_is_read_by_code_and_schema(
    topic: Topic[Any], early: str
) -> None:
    VALIDATORS[topic.name].validate(json.loads(early))
    assert topic.codec.decode(early.encode()).unit_id == "so-yte"


@pytest.mark.parametrize("topic", schemas.TOPICS, ids=lambda topic: topic.name)
@pytest.mark.parametrize("value", [None, b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_record_is_refused(topic: Topic[Any], value: bytes | None) -> None:
    with pytest.raises(Unreadable):
        topic.codec.decode(value)


def test_probabilities_must_sum_to_1() -> None:
    bytes_of_two = encode(a_verdict()).replace(b'"trung_tinh":0.8', b'"trung_tinh":0.2')
    with pytest.raises(Unreadable, match="sum to 1"):
        VERDICTS.codec.decode(bytes_of_two)


def test_only_a_negative_decision_has_a_topic() -> None:
    bytes_of_both = encode(a_verdict()).replace(b'"topic":null', b'"topic":"tai_nan"')
    with pytest.raises(Unreadable, match="only tieu_cuc has a topic"):
        VERDICTS.codec.decode(bytes_of_both)


texts = st.none() | st.text()
instants = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
shares = st.floats(0, 1)
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{1,62}[a-z0-9]", fullmatch=True)


@st.composite
def records(draw: st.DrawFn) -> tuple[Topic[Any], Record]:
    """A record of any type with any values."""
    post = a_post(
        post_id=draw(st.uuids()),
        revision=draw(st.from_regex("[0-9a-f]{32}", fullmatch=True)),
        received_at=draw(instants),
        published_at=draw(instants),
        local_day=draw(st.dates()),
        channel_id=draw(ids),
        external_id=draw(st.text()),
        url=draw(texts),
        title=draw(texts),
        text=draw(texts),
    )
    negative = draw(shares)
    kinds: list[tuple[Topic[Any], Record]] = [
        (POSTS, post),
        (
            VERDICTS,
            a_verdict(
                post,
                probabilities=Probabilities(0, 1 - negative, negative),
                confidence=draw(shares),
                decided_by=draw(st.text()),
                needs_review=draw(st.booleans()),
            ),
        ),
        (VERDICTS, a_review(post, label="tieu_cuc", topic="khac", reason=draw(st.text()))),
        (VERDICTS, a_withdrawal(post, withdrawn_by=draw(st.text()))),
        (
            UNITS,
            a_unit(
                unit_id=draw(ids),
                name=draw(st.text()),
                parent_id=draw(st.none() | ids),
                valid_to=draw(st.none() | st.dates()),
                channels=(a_channel(), a_channel(channel_id=draw(ids))),
                version=draw(st.integers(0, 2**63 - 1)),
            ),
        ),
    ]
    return draw(st.sampled_from(kinds))


@settings(deadline=None)  # the other core may be busy
@given(records())
def test_any_record_comes_back_as_it_was_and_fits_its_schema(
    kind: tuple[Topic[Any], Record],
) -> None:
    topic, record = kind
    value = encode(record)
    assert topic.codec.decode(value) == record
    VALIDATORS[topic.name].validate(json.loads(value))
