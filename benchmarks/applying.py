"""Verdicts from the log into the ledger: the ratio service's own path beside the bare floor.

In: a real Kafka and a real PostgreSQL, 300,000 verdicts on as many posts of 1,000 channels in 90
days. Out: verdicts a second. The floor is the same consumer and decoder with one COPY of each batch
into an unindexed table, and nothing else. Beside it Quix Streams, which counts the same records by
channel, day and label, exactly once, and keeps no ledger.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import asyncpg
import uvloop
from pydantic import SecretStr

from benchmarks.baselines import quix_rate
from benchmarks.figures import Figure
from deploy.local.jars import ensure
from deploy.local.settings import LocalSettings
from services.ratio.app import open_application
from services.ratio.settings import Settings
from shared.collector import collect_rarely
from shared.consumer import open_consumer
from shared.contracts import Verdict
from shared.producer import Sent, open_producer
from shared.settings import KafkaSettings, PostgresSettings
from shared.topics import VERDICTS
from tests.builders import NOON, a_post, a_verdict
from tests.stack import kafka_node, postgres_node, settings_in

RECORDS, CHANNELS, SEND_AT_ONCE = 300_000, 1_000, 5_000
TIME_SECONDS_MAX = 300
FLOOR_COLUMNS = ("post_id", "channel_id", "local_day", "action", "format", "label", "topic")
FLOOR_TABLE = """
    CREATE TABLE floor (post_id uuid, channel_id text, local_day date, action text, format text,
        label text, topic text)"""


def measure(tell: Callable[[str], None]) -> Sequence[Figure]:
    """The floor first, then ours, over the same records; on the event loop and with the collector
    as the service sets them."""
    collect_rarely()
    jars = ensure(LocalSettings().cache_dir, lambda _there, _of: None)
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        settings = settings_in(Path(folder))
        with kafka_node(settings, jars) as kafka, postgres_node(settings) as postgres:
            log = KafkaSettings(bootstrap_servers=kafka.bootstrap)
            asyncio.run(fill(log, tell))
            floor = uvloop.run(floor_rate(log, postgres.new_database()))
            tell(f"applying: the floor is {floor:,.0f} verdicts/s")
            quix = quix_rate(kafka.bootstrap, VERDICTS.name, RECORDS, tell)
            figures: list[Figure] = []
            for batch in (500, 2_000, 10_000):
                rate = uvloop.run(our_rate(log, postgres.new_database(), batch))
                what = f"ledger, history, buckets, offsets; batches of {batch:,}"
                figures.append(Figure(what, rate, "decode and COPY only", floor))
                if quix is not None:
                    figures.append(Figure(what, rate, "Quix Streams, counts only", quix))
            return figures


async def fill(log: KafkaSettings, tell: Callable[[str], None]) -> None:
    """RECORDS verdicts on as many posts, spread over channels and 90 days."""
    async with open_producer(log, [VERDICTS.name]) as producer:
        for start in range(0, RECORDS, SEND_AT_ONCE):
            verdicts = [verdict_of(number) for number in range(start, start + SEND_AT_ONCE)]
            sent = await producer.send_all([VERDICTS.outgoing(one) for one in verdicts])
            assert all(isinstance(one, Sent) for one in sent)
    tell(f"applying: {RECORDS:,} verdicts are in the log")


def verdict_of(number: int) -> Verdict:
    """A verdict on the post of that number."""
    post = a_post(
        post_id=uuid4(),
        channel_id=f"kenh-{number % CHANNELS}",
        # Another day for each round of the channels, so that no two of the three hang together.
        local_day=a_post().local_day - timedelta(days=number // CHANNELS % 90),
        received_at=NOON + timedelta(microseconds=number),
    )
    return a_verdict(post, label=("tich_cuc", "trung_tinh", "tieu_cuc")[number % 7 % 3])


async def floor_rate(log: KafkaSettings, dsn: str) -> float:
    """Poll, decode, COPY."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(FLOOR_TABLE)
    options = {"group_id": None, "auto_offset_reset": "earliest"}
    async with open_consumer(log, 10_000, **options) as consumer:
        partitions = await consumer.partitions([VERDICTS.name])
        await consumer.assign(await consumer.beginning_offsets(partitions))
        done, started = 0, perf_counter()
        while done < RECORDS:
            batch = await consumer.poll()
            records = [VERDICTS.codec.decode(record.value) for record in batch.records]
            rows = [tuple(getattr(one, name) for name in FLOOR_COLUMNS) for one in records]
            await connection.copy_records_to_table("floor", records=rows, columns=FLOOR_COLUMNS)
            done += len(rows)
        seconds = perf_counter() - started
    await connection.close()
    return RECORDS / seconds


async def our_rate(log: KafkaSettings, dsn: str, batch: int) -> float:
    """The service's own `Application.run`, up to the end of the log."""
    settings, postgres = Settings(batch_records_max=batch), PostgresSettings(dsn=SecretStr(dsn))
    async with open_application(settings, log, postgres) as application:
        ends = await application.consumer.end_offsets(
            await application.consumer.partitions([VERDICTS.name])
        )
        stop, started = asyncio.Event(), perf_counter()
        running = asyncio.create_task(application.run(stop))
        for partition, end in ends.items():
            if end:
                await application.progress.passed(partition, end - 1, TIME_SECONDS_MAX)
        seconds = perf_counter() - started
        stop.set()
        await running
    return RECORDS / seconds
