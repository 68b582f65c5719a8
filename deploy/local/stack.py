"""Which programs make up the system, in which order, and what each is told.

In: settings. Out: programs for the supervisor; running them is `foreground.py`'s part.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from deploy.local.kafka import kafka_program
from deploy.local.postgres import dsn, postgres_program
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.spawn import Command
from deploy.local.supervisor import Program

# Each needs only what stands before it: gateway asks the other three.
SERVICES = ("classify", "ratio", "ingest", "gateway")
SERVICE_READY_SECONDS = 120.0
READYZ_SECONDS = 2.0


def stack_programs(settings: LocalSettings, jars: Sequence[Path]) -> tuple[Program, ...]:
    """Everything, in the order in which it starts."""
    env = service_env(settings)
    return (
        postgres_program(settings),
        kafka_program(settings, jars),
        topics_step(env),
        *(service_program(service, settings, env) for service in SERVICES),
    )


def topics_step(env: Mapping[str, str]) -> Program:
    """Create the topics that are missing; harmless every time."""
    command = Command((sys.executable, "-m", "shared.topics"), env=env, cwd=ROOT)
    return Program(name="topics", command=command)


def service_program(
    service: str, settings: LocalSettings, env: Mapping[str, str], name: str | None = None
) -> Program:
    """One of the four services, ready when its `/readyz` says so."""
    return Program(
        name=name or service,
        command=Command((sys.executable, "-m", f"services.{service}"), env=env, cwd=ROOT),
        ready=partial(answers_readyz, settings.service_url(service)),
        ready_seconds=SERVICE_READY_SECONDS,
    )


def service_env(
    settings: LocalSettings, base: Mapping[str, str] | None = None, postgres_dsn: str | None = None
) -> dict[str, str]:
    """The environment of topics step and services: `base` (default: this process's) and our own."""
    addresses = {
        "CANDOI_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap,
        "CANDOI_POSTGRES_DSN": postgres_dsn or dsn(settings),
        **{
            f"CANDOI_{name.upper()}_PORT": str(settings.ports()[f"{name}_port"])
            for name in SERVICES
        },
        **{
            f"CANDOI_GATEWAY_{name.upper()}_URL": settings.service_url(name)
            for name in ("ingest", "classify", "ratio")
        },
    }
    readable = {"CANDOI_LOG_FORMAT": "console", "PYTHONUNBUFFERED": "1"}
    return {**readable, **(os.environ if base is None else base), **addresses}


async def answers_readyz(base_url: str) -> bool:
    """True if the service there answers `GET /readyz` with 200."""
    async with httpx.AsyncClient(timeout=READYZ_SECONDS, trust_env=False) as client:
        try:
            return (await client.get(f"{base_url}/readyz")).status_code == 200
        except httpx.TransportError:
            return False
