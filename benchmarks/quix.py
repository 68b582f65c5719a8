"""Quix Streams doing a plain keyed count of the verdicts: a baseline for the ratio service.

In: a broker, a topic of verdicts, how many to count; run by `.venv-bench/bin/python -m
benchmarks.quix` (`benchmarks/baselines.py` does), which has none of the project's packages. Out:
one line of JSON, e.g. {"records": 100000, "seconds": 1.53}, from the first record to the last
commit. Counts per (channel, day, label) go to RocksDB and to a changelog topic, exactly once.
"""

import argparse
import json
import sys
import tempfile
from time import perf_counter
from typing import Any
from uuid import uuid4

from quixstreams import Application, State


class Count:
    """Verdicts of a channel (the record's key) per day and label, in Quix's state."""

    def __init__(self) -> None:
        self.records = 0
        self.started = 0.0

    def add(self, verdict: dict[str, Any], state: State) -> None:
        """One verdict more."""
        if not self.records:
            self.started = perf_counter()
        self.records += 1
        bucket = f"{verdict['local_day']}/{verdict['label']}"
        state.set(bucket, state.get(bucket, 0) + 1)


class TimedApplication(Application):
    """Knows when it was done: Quix calls `stop` after the last commit, before it closes clients."""

    stopped = 0.0

    def stop(self, fail: bool = False) -> None:
        """Note the time; then as usual."""
        self.stopped = perf_counter()
        super().stop(fail)


def measure(bootstrap: str, kafka_topic: str, records: int) -> dict[str, float]:
    """Count the first `records` of the topic; waits for them for as long as it takes.

    The rest is as Quix comes: commits every 5 seconds, JSON by orjson, RocksDB with its cache, the
    consumer reading ahead 100,000 records. Fetches of 8 MiB, counts as bare bytes and no check
    of the broker's health were tried: none moved the rate by more than it moves by itself.
    """
    count = Count()
    with tempfile.TemporaryDirectory(prefix="candoi-") as state_dir:
        application = TimedApplication(
            bootstrap,
            consumer_group=f"candoi-bench-{uuid4().hex}",
            auto_offset_reset="earliest",
            processing_guarantee="exactly-once",
            state_dir=state_dir,
            loglevel="WARNING",
        )
        topic = application.topic(kafka_topic, value_deserializer="json")
        application.dataframe(topic).update(count.add, stateful=True)
        application.run(count=records, collect=False)
    return {"records": count.records, "seconds": application.stopped - count.started}


def main() -> None:
    """Measure and print. Exit code 1 if it was stopped before it had counted all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quix", description=__doc__)
    parser.add_argument("bootstrap")
    parser.add_argument("kafka_topic")
    parser.add_argument("records", type=int)
    asked = parser.parse_args()
    measured = measure(asked.bootstrap, asked.kafka_topic, asked.records)
    if measured["records"] < asked.records:
        sys.exit(f"stopped after {measured['records']:,} of {asked.records:,} records")
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
