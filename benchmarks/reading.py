"""Questions to the ratio service, over a ledger that grows hundredfold.

In: a real PostgreSQL and Kafka, 1,000 units with three channels each, 100,000 to 10 million judged
posts over three years. Out: how long the service takes, as whoever calls it over HTTP sees it. No
figure may grow with the number of posts.

`CANDOI_BENCH_POSTS=100000,1000000` asks for other sizes: ten million take 15 minutes to write.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import asyncpg
import httpx

from benchmarks.figures import Latency, latency_of
from deploy.local.jars import ensure
from deploy.local.ports import free_ports
from deploy.local.settings import LocalSettings
from deploy.local.stack import service_env, service_program
from services.ratio.app import MIGRATIONS
from services.ratio.store.registry import put_units
from shared.local_time import local_day, utc_now
from shared.postgres import migrate, open_pool
from shared.settings import PostgresSettings
from tests.builders import a_channel, a_unit
from tests.province import api_key
from tests.stack import (
    KafkaNode,
    PostgresNode,
    Stack,
    clean_env,
    kafka_node,
    postgres_node,
    running,
    settings_in,
)

SIZES = "100000,1000000,10000000"
UNITS, CHANNELS_OF_UNIT, DAYS = 1_000, 3, 1_095
QUESTIONS_EACH = 200
BEGIN = date(2020, 1, 1)
CLIENT, SENT = {"X-Candoi-Client": "bench"}, "candoi_snapshots_sent_total "
WARM_UP = 20

# Every channel publishes on every day, in turn; a seventh of the posts is negative.
FILL_LEDGER = """
    INSERT INTO ratio.ledger (post_id, channel_id, published_at, local_day, action, format,
        revision, received_at, label, topic, confidence, needs_review, by_reviewer, decided_by,
        decided_at, decision_id, known_from, pending)
    SELECT md5(n::text)::uuid, 'kenh-' || n % $2, at, (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
        CASE WHEN n % 3 = 0 THEN 'share' ELSE 'publish' END, 'article', md5(n::text), at,
        CASE WHEN n % 7 = 0 THEN 'tieu_cuc' WHEN n % 2 = 0 THEN 'tich_cuc' ELSE 'trung_tinh' END,
        CASE WHEN n % 7 = 0 THEN 'tai_nan' END, 0.9, n % 50 = 0, false, 'candoi-e5-small@2', at,
        md5('v' || n)::uuid, at, false
    FROM (SELECT n, now() - interval '1 day' * (n / $2 % $3) - interval '1 s' * (n % 40000) AS at
        FROM generate_series(0, $1 - 1) AS n) AS posts"""
FILL_POSTS = """
    INSERT INTO ratio.posts (post_id, received_at, revision, channel_id, external_id, url, title,
        published_at, local_day, action, format)
    SELECT post_id, received_at, revision, channel_id, post_id::text,
        'https://soyte.example/' || post_id, 'Trạm y tế tiêm vắc xin sởi cho trẻ từ 1 đến 5 tuổi',
        published_at, local_day, action, format
    FROM ratio.ledger"""
FILL_BUCKETS = """
    INSERT INTO ratio.buckets (channel_id, local_day, action, format, label, topic, posts,
        needs_review)
    SELECT channel_id, local_day, action, format, label, topic, count(*),
        count(*) FILTER (WHERE needs_review)
    FROM ratio.ledger GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY local_day"""
LIST_INDEXES = {
    "ledger_of_channel": "(channel_id, published_at DESC, post_id DESC)"
    " INCLUDE (label, topic, action, format, needs_review, withdrawn_at)",
    "ledger_in_time": "(published_at DESC, post_id DESC)",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A path with one place for a unit's id, and parameters that may vary."""

    what: str
    path: str
    service: str
    parameters: Callable[[Random], Mapping[str, str]]
    times: int = QUESTIONS_EACH


def _at(random: Random) -> str:
    return str(local_day(utc_now()) - timedelta(days=random.randrange(DAYS)))


def _window(random: Random) -> Mapping[str, str]:
    name = random.choice(("day", "week", "month", "report-month", "quarter", "year", "rolling-90d"))
    return {"window": name, "at": _at(random)}


UNIT, PROVINCE = "/v1/units/{unit_id}/ratio", "/v1/ratios"
QUESTIONS = (
    Question("a unit's ratio, any window", UNIT, "ratio", _window),
    Question(
        "a unit's ratio by channel",
        UNIT,
        "ratio",
        lambda random: {"window": "month", "at": _at(random), "by": "channel"},
    ),
    Question(
        "a unit's ratio as of a month ago",
        UNIT,
        "ratio",
        lambda _: {
            "window": "month",
            "at": str(local_day(utc_now()) - timedelta(days=40)),
            "as_of": (utc_now() - timedelta(days=30)).isoformat(),
        },
    ),
    Question(
        "the posts behind a ratio, first page",
        "/v1/posts",
        "ratio",
        lambda random: {"to": _at(random), "label": "tieu_cuc"},
    ),
    Question(
        "the province by share, this month",
        PROVINCE,
        "gateway",
        lambda _: {"window": "month", "limit": "200"},
        50,
    ),
    Question(
        "the province by share, a year ago",
        PROVINCE,
        "gateway",
        lambda _: {"window": "month", "at": str(local_day(utc_now()) - timedelta(days=365))},
        50,
    ),
)


def measure(tell: Callable[[str], None]) -> Sequence[Latency]:
    """Every question at every size."""
    sizes = [int(size) for size in os.environ.get("CANDOI_BENCH_POSTS", SIZES).split(",")]
    jars = ensure(LocalSettings().cache_dir, lambda _there, _of: None)
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        settings = settings_in(Path(folder))
        with kafka_node(settings, jars) as kafka, postgres_node(settings) as postgres:
            return [one for size in sizes for one in at_size(size, kafka, postgres, tell)]


def at_size(
    posts: int, kafka: KafkaNode, postgres: PostgresNode, tell: Callable[[str], None]
) -> list[Latency]:
    """Fill a new database, start the service over it, ask."""
    database = postgres.new_database()
    seconds = asyncio.run(fill(database, posts))
    tell(f"reading: {posts:,} posts written in {seconds:.0f} s")
    ports = dict(zip(("ratio_port", "gateway_port"), free_ports(2), strict=True))
    settings = postgres.settings.model_copy(update=ports)
    env = service_env(settings, clean_env(), database)
    env["CANDOI_KAFKA_BOOTSTRAP_SERVERS"] = kafka.bootstrap
    programs = [service_program(name, settings, env) for name in ("ratio", "gateway")]
    with running(programs) as here:
        stack = Stack(here, settings, env, kafka, postgres, database)
        key = {"Authorization": f"Bearer {api_key(stack)}"}
        with (
            client_at(stack.url("ratio"), CLIENT) as ratio,
            client_at(stack.url("gateway"), key) as gateway,
        ):
            wait_for_snapshots(ratio)
            services = {"ratio": ratio, "gateway": gateway}
            return [ask(services[one.service], posts, one) for one in QUESTIONS]


def client_at(url: str, headers: Mapping[str, str]) -> httpx.Client:
    """One client, one connection."""
    return httpx.Client(base_url=url, headers=dict(headers), timeout=60, trust_env=False)


def wait_for_snapshots(ratio: httpx.Client) -> None:
    """At its start ratio measures every unit: a figure for somebody who asks meanwhile is none."""
    sent = 0.0
    while sent < UNITS:
        lines = ratio.get("/metrics").text.splitlines()
        sent = next(float(line.split()[1]) for line in lines if line.startswith(SENT))
        sleep(0.5)


def ask(http: httpx.Client, posts: int, question: Question) -> Latency:
    """The question again and again, about units at random; the first few are not counted."""
    random, seconds = Random(7), list[float]()
    for number in range(question.times + WARM_UP):
        unit_id = f"don-vi-{random.randrange(UNITS)}"
        parameters = dict(question.parameters(random))
        if question.path == "/v1/posts":
            parameters["unit_id"] = unit_id
        started = perf_counter()
        answer = http.get(question.path.format(unit_id=unit_id), params=parameters)
        if number >= WARM_UP:
            seconds.append(perf_counter() - started)
        answer.raise_for_status()
    return latency_of(f"{question.what}; {posts:,} posts", seconds)


async def fill(database: str, posts: int) -> float:
    """The registry through the service's own code, the rest by SQL; how many seconds it took."""
    started = perf_counter()
    settings = PostgresSettings(dsn=database)  # pyright: ignore[reportArgumentType]
    await migrate(settings, "ratio", MIGRATIONS)
    units = [
        a_unit(
            unit_id=f"don-vi-{number}",
            updated_at=utc_now() - timedelta(days=DAYS),
            channels=tuple(
                a_channel(
                    channel_id=f"kenh-{number * CHANNELS_OF_UNIT + one}",
                    valid_from=date(2020, 1, 1),
                )
                for one in range(CHANNELS_OF_UNIT)
            ),
        )
        for number in range(UNITS)
    ]
    async with open_pool(settings, "ratio", MIGRATIONS) as pool, pool.acquire() as connection:
        await put_units(connection, units)
    connection = await asyncpg.connect(database)
    try:
        for name in LIST_INDEXES:
            await connection.execute(f"DROP INDEX ratio.{name}")
        await connection.execute(FILL_LEDGER, posts, UNITS * CHANNELS_OF_UNIT, DAYS, timeout=3_600)
        await connection.execute(FILL_POSTS, timeout=3_600)
        await connection.execute(FILL_BUCKETS, timeout=3_600)
        for name, columns in LIST_INDEXES.items():
            await connection.execute(
                f"CREATE INDEX {name} ON ratio.ledger {columns}", timeout=3_600
            )
        await connection.execute("VACUUM ANALYZE", timeout=3_600)
    finally:
        await connection.close()
    return perf_counter() - started
