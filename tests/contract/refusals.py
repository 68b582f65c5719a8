"""Every refusal that the code can raise.

In: all modules of services and shared. Out: the classes.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TypeVar

import services
import shared
from shared.problems import Refusal

ClassT = TypeVar("ClassT")


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """All modules of a package, imported."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)


def subclasses(of: type[ClassT]) -> Iterator[type[ClassT]]:
    """All classes under one, however deep."""
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


MODULES = [*modules(services), *modules(shared)]
# Other tests may have made some of their own.
REFUSALS: list[type[Refusal]] = [
    one for one in subclasses(Refusal) if one.__module__.startswith(("services.", "shared."))
]
