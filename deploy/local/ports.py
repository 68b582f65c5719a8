"""Which TCP ports are free.

In: the ports that the settings ask for. Out: nothing, or an error that names the port, who
wanted it and the variable that changes it - before anything has started.
"""

import socket
from contextlib import ExitStack

from deploy.local.errors import StackError
from deploy.local.settings import ENV_PREFIX, LocalSettings


class PortTaken(StackError):
    """Another process listens there, or two settings name the same port."""

    def __init__(self, port: int, setting: str, reason: str) -> None:
        wanted_by = setting.removesuffix("_port").replace("_", " ")
        super().__init__(
            f"port {port}, wanted by {wanted_by}, is taken{reason}. "
            f"Free it, or choose another one: {ENV_PREFIX}{setting.upper()}=..."
        )


def refuse_taken(settings: LocalSettings) -> None:
    """Raises PortTaken for the first port of the stack that cannot be had."""
    owners: dict[int, str] = {}
    for setting, port in settings.ports().items():
        if port in owners:
            raise PortTaken(port, setting, f" by {ENV_PREFIX}{owners[port].upper()} too")
        if not is_free(port):
            raise PortTaken(port, setting, " by another process")
        owners[port] = setting


def is_free(port: int) -> bool:
    """True if a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now, for tests and benches."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
