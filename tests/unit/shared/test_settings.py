"""Bad settings stop the start and are told all at once, without a secret."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import HttpSettings, KafkaSettings, LogSettings, PostgresSettings, stop_if_bad

SECRET = "mật-khẩu-ngắn"


class Own(BaseSettings):
    """Settings with a secret that can be bad."""

    model_config = SettingsConfigDict(env_prefix="CANDOI_OWN_", frozen=True)
    token: SecretStr = Field(min_length=40)


def test_sound_settings_are_no_reason_to_stop() -> None:
    stop_if_bad(KafkaSettings, PostgresSettings, LogSettings, HttpSettings)


def test_every_bad_variable_is_told_in_one_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CANDOI_KAFKA_REPLICATION_FACTOR", "0")
    monkeypatch.setenv("CANDOI_KAFKA_DELIVERY_TIMEOUT_MS", "soon")
    monkeypatch.setenv("CANDOI_LOG_LEVEL", "loud")
    monkeypatch.setenv("CANDOI_HTTP_STOP_SECONDS", "121")
    with pytest.raises(SystemExit) as stopped:
        stop_if_bad(HttpSettings, KafkaSettings, LogSettings, PostgresSettings)
    assert stopped.value.code == 2
    told = dict(line.split(": ", 1) for line in capsys.readouterr().err.splitlines())
    assert told == {
        "CANDOI_HTTP_STOP_SECONDS": "Input should be less than or equal to 120",
        "CANDOI_KAFKA_REPLICATION_FACTOR": "Input should be greater than or equal to 1",
        "CANDOI_KAFKA_DELIVERY_TIMEOUT_MS": (
            "Input should be a valid integer, unable to parse string as an integer"
        ),
        "CANDOI_LOG_LEVEL": "Input should be 'debug', 'info', 'warning' or 'error'",
    }


def test_a_secret_is_never_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CANDOI_OWN_TOKEN", SECRET)
    monkeypatch.setenv("CANDOI_KAFKA_SASL_PASSWORD", SECRET)
    monkeypatch.setenv("CANDOI_KAFKA_SECURITY_PROTOCOL", SECRET)
    with pytest.raises(SystemExit):
        stop_if_bad(Own, KafkaSettings)
    told = capsys.readouterr().err
    assert "CANDOI_OWN_TOKEN: " in told
    assert "CANDOI_KAFKA_SECURITY_PROTOCOL: " in told
    assert SECRET not in told


def test_settings_in_a_log_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOI_POSTGRES_DSN", f"postgresql://candoi:{SECRET}@db/candoi")
    monkeypatch.setenv("CANDOI_KAFKA_SASL_PASSWORD", SECRET)
    assert SECRET not in f"{PostgresSettings()} {KafkaSettings()!r}"


def test_a_missing_variable_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        stop_if_bad(Own)
    assert capsys.readouterr().err == "CANDOI_OWN_TOKEN: Field required\n"
