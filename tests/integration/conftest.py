"""Ingest as a process of its own, for tests that need no other service."""

import itertools
from collections.abc import Generator

import httpx
import pytest

from deploy.local.ports import free_ports
from deploy.local.stack import service_env, service_program
from tests.integration.ingest_calls import CHANNEL, UNIT
from tests.stack import KafkaNode, PostgresNode, Stack, clean_env, running

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def ingest(fresh_kafka: KafkaNode, postgres: PostgresNode, database: str) -> Generator[Stack]:
    """Ingest alone, over a broker and a database for the module: what it sends here need not be
    judged by the stack of other modules."""
    (port,) = free_ports(1)
    settings = postgres.settings.model_copy(update={"ingest_port": port})
    env = service_env(settings, clean_env(), database)
    env["CANDOI_KAFKA_BOOTSTRAP_SERVERS"] = fresh_kafka.bootstrap
    # The shortest that is allowed: the test of a silent log waits it out.
    env["CANDOI_KAFKA_DELIVERY_TIMEOUT_MS"] = "11000"
    with running([service_program("ingest", settings, env)]) as here:
        yield Stack(here, settings, env, fresh_kafka, postgres, database)
        here.check()


@pytest.fixture(scope="module")
def client(ingest: Stack) -> Generator[httpx.Client]:
    """Calls ingest as the gateway would for a client that is bound to no unit."""
    with httpx.Client(base_url=ingest.url("ingest"), timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def channel(client: httpx.Client) -> str:
    """A channel of its own for each test, so that its records are only the test's."""
    channel_id = f"kenh-{next(_numbers)}"
    client.put(f"/v1/units/don-vi-{channel_id}", json=UNIT).raise_for_status()
    answer = client.put(f"/v1/units/don-vi-{channel_id}/channels/{channel_id}", json=CHANNEL)
    assert answer.status_code == 201, answer.text
    return channel_id
