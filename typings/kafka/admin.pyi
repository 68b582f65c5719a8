"""The part of kafka.admin that shared/ uses."""

from collections.abc import Mapping
from enum import IntEnum

class ConfigResourceType(IntEnum):
    TOPIC = 2

class ConfigResource:
    def __init__(
        self,
        resource_type: ConfigResourceType | str,
        name: str,
        configs: Mapping[str, str] | list[str] | None = None,
    ) -> None: ...
