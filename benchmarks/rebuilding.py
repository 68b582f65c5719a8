"""A rebuild of 1,000,000 verdicts beside their first, live way through the service.

In: a real Kafka and a real PostgreSQL. Out: verdicts a second of a whole rebuild, from its start to
the exchanged tables, beside the rate at which the service itself applied the same log.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from pydantic import SecretStr

from benchmarks.applying import verdict_of
from benchmarks.figures import Figure
from deploy.local.jars import ensure
from deploy.local.settings import LocalSettings
from services.ratio.app import open_application
from services.ratio.rebuild import rebuild
from services.ratio.settings import Settings
from shared.producer import Sent, open_producer
from shared.settings import KafkaSettings, PostgresSettings
from shared.topics import VERDICTS
from tests.stack import kafka_node, postgres_node, settings_in

RECORDS, SEND_AT_ONCE = 1_000_000, 10_000
SECONDS_MAX = 600


def measure(tell: Callable[[str], None]) -> Sequence[Figure]:
    """The live path first, then a rebuild of what it has counted."""
    jars = ensure(LocalSettings().cache_dir, lambda _there, _of: None)
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        settings = settings_in(Path(folder))
        with kafka_node(settings, jars) as kafka, postgres_node(settings) as node:
            log = KafkaSettings(bootstrap_servers=kafka.bootstrap)
            postgres = PostgresSettings(dsn=SecretStr(node.new_database()))
            asyncio.run(fill(log, tell))
            live = asyncio.run(live_rate(log, postgres))
            tell(f"rebuilding: the live path applies {live:,.0f} verdicts/s")
            started = perf_counter()
            asyncio.run(rebuild(log, postgres, tell))
            rate = RECORDS / (perf_counter() - started)
    return [Figure("rebuild, with indexes and the exchange", rate, "the live path", live)]


async def fill(log: KafkaSettings, tell: Callable[[str], None]) -> None:
    """RECORDS verdicts on as many posts."""
    async with open_producer(log, [VERDICTS.name]) as producer:
        for start in range(0, RECORDS, SEND_AT_ONCE):
            verdicts = [verdict_of(number) for number in range(start, start + SEND_AT_ONCE)]
            sent = await producer.send_all([VERDICTS.outgoing(one) for one in verdicts])
            assert all(isinstance(one, Sent) for one in sent)
    tell(f"rebuilding: {RECORDS:,} verdicts are in the log")


async def live_rate(log: KafkaSettings, postgres: PostgresSettings) -> float:
    """The service's own `Application.run` with its own settings, up to the end of the log."""
    async with open_application(Settings(), log, postgres) as application:
        partitions = await application.consumer.partitions([VERDICTS.name])
        ends = await application.consumer.end_offsets(partitions)
        stop, started = asyncio.Event(), perf_counter()
        running = asyncio.create_task(application.run(stop))
        for partition, end in ends.items():
            assert await application.progress.passed(partition, end - 1, SECONDS_MAX)
        seconds = perf_counter() - started
        stop.set()
        await running
    return RECORDS / seconds
