"""A port that cannot be had is told before anything starts."""

import socket
from collections.abc import Generator

import pytest

from deploy.local.ports import PortTaken, free_ports, is_free, refuse_taken
from deploy.local.settings import LocalSettings

SETTINGS = [*LocalSettings().ports()]


def settings_with(**ports: int) -> LocalSettings:
    free = dict(zip(SETTINGS, free_ports(len(SETTINGS)), strict=True))
    return LocalSettings.model_validate(free | ports)


@pytest.fixture
def taken() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_no_error() -> None:
    refuse_taken(settings_with())


@pytest.mark.parametrize(
    ("setting", "owner"),
    [("gateway_port", "gateway"), ("kafka_controller_port", "kafka controller")],
)
def test_a_taken_port_names_port_owner_and_variable(taken: int, setting: str, owner: str) -> None:
    with pytest.raises(PortTaken) as refused:
        refuse_taken(settings_with(**{setting: taken}))
    assert str(refused.value) == (
        f"port {taken}, wanted by {owner}, is taken by another process. "
        f"Free it, or choose another one: CANDOI_LOCAL_{setting.upper()}=..."
    )


def test_two_settings_with_one_port_are_told_both() -> None:
    (port,) = free_ports(1)
    settings = settings_with(kafka_port=port, ratio_port=port)
    with pytest.raises(
        PortTaken, match=r"wanted by ratio, is taken by CANDOI_LOCAL_KAFKA_PORT too.*RATIO_PORT="
    ):
        refuse_taken(settings)


def test_a_port_is_free_again_when_its_server_has_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            assert not is_free(port)
    assert is_free(port)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(50))) == 50
