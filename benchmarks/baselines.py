"""What other people's software does with the same records: baselines for the ratio service.

In: a broker that holds the records. Out: records a second, or None where the software is not
installed. It runs in a process and an environment of its own (`requirements/bench.txt`), since it
wants other versions than the services do.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
TIME_SECONDS_MAX = 300


def quix_rate(
    bootstrap: str, kafka_topic: str, records: int, tell: Callable[[str], None]
) -> float | None:
    """Verdicts a second that Quix Streams counts by (channel, day, label), exactly once.

    Raises CalledProcessError after telling what it printed, TimeoutExpired when the topic has
    fewer than `records`.
    """
    if not BENCH_PYTHON.exists():
        tell(f"quix: left out, there is no {BENCH_PYTHON.relative_to(ROOT)}: `make bench` makes it")
        return None
    command = (str(BENCH_PYTHON), "-m", "benchmarks.quix", bootstrap, kafka_topic, str(records))
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=TIME_SECONDS_MAX
    )
    if done.returncode:
        tell(done.stderr)
        done.check_returncode()
    measured = json.loads(done.stdout)
    return measured["records"] / measured["seconds"]
