"""Settings that several services share. In: environment variables. Out: frozen values.

Every knob has its unit, its bound and its reason; `docs/settings.md` is generated from them.
"""

import sys
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """Where the log is and how to reach it."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_KAFKA_", frozen=True)

    bootstrap_servers: str = Field(
        default="127.0.0.1:9092",
        description="host:port of one or more brokers, separated by commas",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="SASL_SSL in production; PLAINTEXT only on one machine"
    )
    sasl_username: str | None = Field(
        default=None, description="SCRAM-SHA-512 user, one for each service"
    )
    sasl_password: SecretStr | None = Field(default=None, description="its password")
    ssl_cafile: str | None = Field(
        default=None, description="file with the cluster's CA certificate"
    )
    replication_factor: int = Field(
        default=1,
        ge=1,
        le=7,
        description="copies of each partition when topics are created; 3 in production",
    )
    in_flight_bytes_max: int = Field(
        default=67_108_864,
        ge=2_097_152,
        description="bytes sent and not yet acknowledged; above it a send is refused (503), "
        "because the client library itself has no bound",
    )
    delivery_timeout_ms: int = Field(
        default=30_000,
        ge=11_000,
        le=120_000,
        description="milliseconds until an unsent record fails",
    )


class PostgresSettings(BaseSettings):
    """Where a service keeps its schema."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_POSTGRES_", frozen=True)

    dsn: SecretStr = Field(
        default=SecretStr("postgresql://candoi@127.0.0.1:5432/candoi?sslmode=disable"),
        description="connection URI; may hold a password, so it never appears in a log",
    )
    connections_max: int = Field(
        default=8, ge=2, le=100, description="connections in a process's pool"
    )
    statement_timeout_ms: int = Field(
        default=30_000, ge=100, description="milliseconds after which the server ends a statement"
    )


class LogSettings(BaseSettings):
    """How a process logs."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_LOG_", frozen=True)

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level"
    )
    format: Literal["json", "console"] = Field(
        default="json", description="json for machines, console for a person"
    )


class HttpSettings(BaseSettings):
    """What all HTTP edges share."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_HTTP_", frozen=True)

    public_base_url: str = Field(
        default="",
        description="prefix of problem types, e.g. https://candoi.example.vn; empty: relative",
    )
    stop_seconds: int = Field(
        default=20,
        ge=1,
        le=120,
        description="seconds that running requests get when the process stops",
    )


def stop_if_bad(*kinds: type[BaseSettings]) -> None:
    """Print every bad variable of these settings, one a line with what is wrong, and exit with
    code 2; return if all are sound."""
    bad = [line for kind in kinds for line in _faults(kind)]
    if bad:
        print("\n".join(bad), file=sys.stderr)
        raise SystemExit(2)


def _faults(kind: type[BaseSettings]) -> list[str]:
    try:
        kind()
    except ValidationError as error:
        return explain(error, kind.model_config.get("env_prefix", ""))
    return []


def explain(error: ValidationError, prefix: str) -> list[str]:
    """All bad variables of one settings class, each with what is wrong; never a value, which may
    be a secret."""
    return [
        f"{prefix}{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
        for fault in error.errors(include_input=False)
    ]
