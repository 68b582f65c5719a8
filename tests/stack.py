"""Real processes for tests: Kafka, PostgreSQL and the four services, to be killed at will.

In: programs, or what is needed to make them. Out: handles with blocking calls, for tests of both
kinds. The supervisor runs in a thread of its own, so that the output of the processes is read
while a test computes; a coroutine that must go on during a restart calls it by
`await anyio.to_thread.run_sync(stack.restart, "kafka")`.
"""

import os
import signal
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
from anyio.from_thread import BlockingPortal, start_blocking_portal

from deploy.local.kafka import kafka_program
from deploy.local.ports import free_ports
from deploy.local.postgres import dsn, postgres_program
from deploy.local.settings import LocalSettings
from deploy.local.stack import SERVICES, service_env, service_program, topics_step
from deploy.local.supervisor import Program, Supervisor

LOG_LINES_KEPT = 2_000
# Supervisors that run now, for the report of a failed test.
RUNNING: "list[Running]" = []


@dataclass(slots=True)
class Running:
    """Running processes. A death that no test has asked for is a failure (`check`)."""

    portal: BlockingPortal
    supervisor: Supervisor
    lines: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=LOG_LINES_KEPT))

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; after a deadly one the process is gone and stays so until `restart`."""
        self.portal.call(self.supervisor.kill, name, sent)

    def restart(self, name: str) -> None:
        """Stop it if it runs, start it, wait until it is ready."""
        self.portal.call(self.supervisor.restart, name)

    def add(self, program: Program) -> None:
        """Start one more program and wait until it is ready, e.g. a second ratio."""
        self.portal.call(self.supervisor.add, program)

    def pid(self, name: str) -> int:
        """The process id now."""
        process = self.supervisor.children[name].process
        assert process is not None, f"{name} does not run"
        return process.pid

    def log(self, name: str) -> list[str]:
        """The last lines that a process has printed."""
        return [line for said_by, line in self.lines if said_by == name]

    def check(self) -> None:
        """Raises what has gone wrong unasked, e.g. a service that died by itself."""
        if failure := self.supervisor.failure():
            raise failure


@contextmanager
def running(programs: Sequence[Program]) -> Generator[Running]:
    """Start programs in order; stop them in reverse order, whatever happens."""
    lines: deque[tuple[str, str]] = deque(maxlen=LOG_LINES_KEPT)
    with start_blocking_portal() as portal:

        async def supervise() -> Supervisor:
            return Supervisor(
                programs, lambda name, line: lines.append((name, line)), respawn=False
            )

        here = Running(portal, portal.call(supervise), lines)
        RUNNING.append(here)
        try:
            portal.call(here.supervisor.start)
            yield here
        finally:
            portal.call(here.supervisor.stop)
            RUNNING.remove(here)


@dataclass(frozen=True, slots=True)
class KafkaNode:
    """A broker of one's own, with all topics created."""

    running: Running
    bootstrap: str

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """As an accident would."""
        self.running.kill("kafka", sent)

    def restart(self) -> None:
        """Stop it if it runs, start it on the same port and data, wait until it answers."""
        self.running.restart("kafka")


@dataclass(frozen=True, slots=True)
class PostgresNode:
    """A server of one's own."""

    running: Running
    settings: LocalSettings

    def dsn(self, database: str = "candoi") -> str:
        """The connection URI of a database."""
        return dsn(self.settings, database)

    def new_database(self, template: str = "template1") -> str:
        """Create a database, empty or a copy of `template`; its connection URI."""
        name = f"test_{uuid4().hex[:12]}"
        self.running.portal.call(
            _execute, self.dsn(), f"CREATE DATABASE {name} TEMPLATE {template}"
        )
        return self.dsn(name)

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """As an accident would."""
        self.running.kill("postgres", sent)

    def restart(self) -> None:
        """Stop it if it runs, start it, wait until it answers."""
        self.running.restart("postgres")


@dataclass(frozen=True, slots=True)
class Stack:
    """The four services over a Kafka and a PostgreSQL; `url("gateway")` and so on."""

    running: Running
    settings: LocalSettings
    env: Mapping[str, str]
    kafka: KafkaNode
    postgres: PostgresNode
    dsn: str

    def url(self, service: str) -> str:
        """The base URL of a service."""
        return self.settings.service_url(service)

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """Kill (or stop, or wake) a service, `kafka` or `postgres`."""
        self._home(name).kill(name, sent)

    def restart(self, name: str) -> None:
        """Start it again and wait until it is ready."""
        self._home(name).restart(name)

    def start_second(self, service: str, **env: str) -> str:
        """A second process of a service on a port of its own; its base URL.

        In `kill` and `restart` it is called e.g. `ratio-2`.
        """
        (port,) = free_ports(1)
        settings = self.settings.model_copy(update={f"{service}_port": port})
        own = {**self.env, f"CANDOI_{service.upper()}_PORT": str(port), **env}
        self.running.add(service_program(service, settings, own, name=f"{service}-2"))
        return settings.service_url(service)

    def _home(self, name: str) -> Running:
        parts = {"kafka": self.kafka.running, "postgres": self.postgres.running}
        return parts.get(name, self.running)


@contextmanager
def kafka_node(settings: LocalSettings, jars: Sequence[Path]) -> Generator[KafkaNode]:
    """Start a broker (about 3 s) and create the topics."""
    programs = (kafka_program(settings, jars), topics_step(service_env(settings, clean_env())))
    with running(programs) as here:
        yield KafkaNode(here, settings.kafka_bootstrap)


@contextmanager
def postgres_node(settings: LocalSettings) -> Generator[PostgresNode]:
    """Start a server (about 1 s)."""
    with running((postgres_program(settings),)) as here:
        yield PostgresNode(here, settings)


@contextmanager
def services(
    kafka: KafkaNode, postgres: PostgresNode, database: str, **env: str
) -> Generator[Stack]:
    """The four services on free ports over a broker and a server that run already."""
    ports = {f"{name}_port": port for name, port in zip(SERVICES, free_ports(4), strict=True)}
    settings = postgres.settings.model_copy(update=ports)
    broker = {"CANDOI_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap}
    own = {**service_env(settings, clean_env(), database), **broker, **env}
    with running([service_program(name, settings, own) for name in SERVICES]) as here:
        yield Stack(here, settings, own, kafka, postgres, database)
        here.check()


def settings_in(data_dir: Path) -> LocalSettings:
    """Settings with a data folder and Kafka ports of their own; the jars are everybody's."""
    broker, controller = free_ports(2)
    return LocalSettings(data_dir=data_dir, kafka_port=broker, kafka_controller_port=controller)


def clean_env() -> dict[str, str]:
    """This process's environment without the settings of a stack that somebody runs by hand."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CANDOI_")}


async def _execute(uri: str, statement: str) -> None:
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
