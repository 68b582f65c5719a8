"""What tests may ask for: a real Kafka, a real PostgreSQL, the four services as processes.

In: nothing but the repository. Out: fixtures. Each is started by the first test that asks for it,
with its own data folder and ports, so that unit tests stay fast and no two runs meet.

A module that must not see records of others asks for `fresh_stack` (own broker, own database).
"""

import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from deploy.local.console import JarProgress
from deploy.local.jars import ensure
from deploy.local.settings import LocalSettings
from tests.stack import (
    RUNNING,
    KafkaNode,
    PostgresNode,
    Stack,
    kafka_node,
    postgres_node,
    services,
    settings_in,
)

LOG_LINES_SHOWN = 60


def pytest_configure() -> None:
    """SIGTERM ends the run as Ctrl-C does: with all fixtures closed.

    A shell has what it starts in the background ignore SIGINT, and so would all processes that the
    tests start; those that are to be interrupted would never end.
    """
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the processes said."""
    report = yield
    if report.failed:
        for running in RUNNING:
            lines = [f"{name} | {line}" for name, line in running.lines][-LOG_LINES_SHOWN:]
            title = "log of " + ", ".join(running.supervisor.children)
            report.sections.append((title, "\n".join(lines)))
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for all coroutines of the run, so that they may share connections."""
    return "asyncio"


@pytest.fixture(scope="session")
def jars() -> tuple[Path, ...]:
    """Kafka's class path; downloaded once for all runs and for the demo."""
    return ensure(LocalSettings().cache_dir, JarProgress())


@pytest.fixture(scope="session")
def session_settings() -> Generator[LocalSettings]:
    """A data folder and ports for this run."""
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        yield settings_in(Path(folder))


@pytest.fixture(scope="session")
def kafka(session_settings: LocalSettings, jars: tuple[Path, ...]) -> Generator[KafkaNode]:
    """The broker of the run: records of all modules are on it."""
    with kafka_node(session_settings, jars) as node:
        yield node


@pytest.fixture(scope="session")
def postgres(session_settings: LocalSettings) -> Generator[PostgresNode]:
    """The server of the run."""
    with postgres_node(session_settings) as node:
        yield node


@pytest.fixture(scope="module")
def database(postgres: PostgresNode) -> str:
    """The connection URI of an empty database for one module."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def stack(kafka: KafkaNode, postgres: PostgresNode) -> Generator[Stack]:
    """The four services over the run's broker and a database of their own, for all modules."""
    # Small batches, so that a kill finds the classifier in the midst of some, however fast it is.
    batch = {"CANDOI_CLASSIFY_BATCH_RECORDS_MAX": "50"}
    with services(kafka, postgres, postgres.new_database(), **batch) as running:
        yield running


@pytest.fixture(scope="module")
def fresh_kafka(jars: tuple[Path, ...]) -> Generator[KafkaNode]:
    """A broker for one module, with empty topics."""
    with (
        tempfile.TemporaryDirectory(prefix="candoi-") as folder,
        kafka_node(settings_in(Path(folder)), jars) as node,
    ):
        yield node


@pytest.fixture(scope="module")
def fresh_stack(fresh_kafka: KafkaNode, postgres: PostgresNode, database: str) -> Generator[Stack]:
    """The four services for one module: empty topics, empty database."""
    with services(fresh_kafka, postgres, database) as running:
        yield running
