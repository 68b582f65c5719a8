"""Settings of the gateway. In: environment variables. Out: frozen values."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each knob with its unit, bound and reason."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_GATEWAY_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=1, le=65_535, description="port to listen on")
    ingest_url: str = Field(default="http://127.0.0.1:8081", description="where ingest listens")
    classify_url: str = Field(default="http://127.0.0.1:8082", description="where classify listens")
    ratio_url: str = Field(default="http://127.0.0.1:8083", description="where ratio listens")
    upstream_seconds: float = Field(
        default=45.0,
        gt=0,
        le=120,
        description="seconds that a service gets to answer; longer than ingest waits for the log",
    )
    upstream_calls_max: int = Field(
        default=64,
        ge=1,
        le=1_000,
        description="calls to one service at the same time; above it 503, so that a slow service "
        "does not take all others with it",
    )
    requests_per_minute: int = Field(
        default=6_000, ge=1, description="requests of one client that are admitted in a minute"
    )
    requests_burst: int = Field(
        default=1_000, ge=1, description="requests of one client that may come at once"
    )
    key_cache_seconds: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="seconds that a key is taken for good without asking the database again; a "
        "revocation takes as long to hold",
    )
    problem_pages: Path = Field(
        default=Path("docs/problems"),
        description="folder of the pages that problem types point to",
    )
