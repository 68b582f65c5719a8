"""Settings of the ratio service. In: environment variables. Out: frozen values."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each knob with its unit, bound and reason."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_RATIO_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8083, ge=1, le=65_535, description="port to listen on")
    batch_records_max: int = Field(
        default=10_000,
        ge=1,
        le=20_000,
        description="records applied in one transaction: more is faster, and a crash repeats more",
    )
    snapshot_units_max: int = Field(
        default=50, ge=1, le=1_000, description="units whose snapshots are measured at once"
    )
    report_office: str = Field(
        default="Trung tâm Thông tin tỉnh", description="who issues the province's report"
    )
    report_office_above: str | None = Field(
        default="Ủy ban nhân dân tỉnh Thái Nguyên",
        description="the body right above it, first line of the report's head",
    )
    report_place: str = Field(
        default="Thái Nguyên", description="the place before the report's date"
    )
    report_template: Path | None = Field(
        default=None,
        description="the office's own Word file for DOCX reports; without one, that which ships; "
        "tried at the start, and read anew for each report",
    )
    read_your_write_seconds: float = Field(
        default=5.0,
        gt=0,
        le=30,
        description="seconds that a review or withdrawal waits to be counted before it answers 202",
    )
