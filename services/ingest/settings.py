"""Settings of the ingest service. In: environment variables. Out: frozen values."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each knob with its unit, bound and reason."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_INGEST_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8081, ge=1, le=65_535, description="port to listen on")
    publish_units_max: int = Field(
        default=200, ge=1, le=2_000, description="units sent to the log at once"
    )
    publish_wait_seconds: float = Field(
        default=5.0,
        gt=0,
        le=30,
        description="seconds that a change of the registry waits for the log before it answers 202",
    )
