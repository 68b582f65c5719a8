"""Where the local stack keeps its data and which ports it takes.

In: environment variables `CANDOI_LOCAL_*`. Out: frozen values.
"""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
ENV_PREFIX = "CANDOI_LOCAL_"


class LocalSettings(BaseSettings):
    """One machine's stack. Everything listens on 127.0.0.1 or on a Unix socket only."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, validate_default=True)

    data_dir: Path = Field(
        default=Path(".candoi"),
        description="folder of all data, logs and the demo's key; relative to the repository",
    )
    cache_dir: Path = Field(
        default=Path(".candoi/cache"),
        description="folder of the Kafka jars, shared by demo and tests; `make clean` leaves it",
    )
    kafka_port: int = Field(default=9092, ge=1, le=65_535, description="port of the broker")
    kafka_controller_port: int = Field(
        default=9093,
        ge=1,
        le=65_535,
        description="port of the KRaft controller inside the same process",
    )
    kafka_heap_mebibytes: int = Field(
        default=512, ge=128, le=16_384, description="MiB of heap that the broker may take"
    )
    gateway_port: int = Field(default=8080, ge=1, le=65_535, description="port of the public API")
    ingest_port: int = Field(default=8081, ge=1, le=65_535, description="port of ingest")
    classify_port: int = Field(default=8082, ge=1, le=65_535, description="port of classify")
    ratio_port: int = Field(default=8083, ge=1, le=65_535, description="port of ratio")

    @field_validator("data_dir", "cache_dir")
    @classmethod
    def from_the_repository(cls, folder: Path) -> Path:
        """An absolute folder: the same one from whatever directory a command is called."""
        return ROOT / folder.expanduser()

    @property
    def kafka_bootstrap(self) -> str:
        """`host:port` of the broker."""
        return f"127.0.0.1:{self.kafka_port}"

    def ports(self) -> dict[str, int]:
        """Every port that the stack takes, by the name of its setting."""
        return {
            name: getattr(self, name) for name in type(self).model_fields if name.endswith("_port")
        }

    def service_url(self, service: str) -> str:
        """The base URL of one of the four services, e.g. `http://127.0.0.1:8080`."""
        return f"http://127.0.0.1:{self.ports()[f'{service}_port']}"
