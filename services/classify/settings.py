"""Settings of the classify service. In: environment variables. Out: frozen values."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each knob with its unit, bound and reason."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_CLASSIFY_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8082, ge=1, le=65_535, description="port to listen on")
    bundle: Path = Field(
        default=Path("models/default"),
        description="folder of the model bundle, relative to where the service starts",
    )
    threads: int = Field(
        default=2, ge=1, le=64, description="micro-batches that go through the model side by side"
    )
    rows_max: int = Field(
        default=8, ge=1, le=256, description="texts in one micro-batch of the model"
    )
    padded_tokens_max: int = Field(
        default=4_096,
        ge=64,
        description="tokens in one micro-batch, padding included; bounds its memory and time",
    )
    batch_records_max: int = Field(
        default=500,
        ge=1,
        le=2_000,
        description="posts judged between two commits: of more, those of like length find each "
        "other, and a crash repeats more",
    )
