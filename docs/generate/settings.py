"""Every environment variable: default, bound, meaning, and who reads it.

In: the settings that each program imports. Out: `docs/settings.md`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from docs.generate.form import table

# A program reads the settings that the module in which it starts imports.
PROGRAMS: Mapping[str, str] = {
    "ingest": "services.ingest.__main__",
    "classify": "services.classify.__main__",
    "ratio": "services.ratio.__main__",
    "gateway": "services.gateway.__main__",
    "`shared.topics`": "shared.topics",
    "local stack": "deploy.local.settings",
}
INTRODUCTION = """\
# Settings

All settings are environment variables. Generated from the code by `make contracts`. A program that
finds a bad value says which variable it is and what is wrong, and ends with code 2. The local stack
(`make up`) passes the variables that are set on to its processes, except
addresses and ports of its own, which follow from `CANDOI_LOCAL_*`.

"""


def page() -> str:
    """The text of the page."""
    heads = ("variable", "default", "bound", "what", "read by")
    return INTRODUCTION + table(heads, sorted(_rows()))


def readers() -> dict[type[BaseSettings], list[str]]:
    """Which programs read each settings class."""
    read_by: dict[type[BaseSettings], list[str]] = {}
    for program, module in PROGRAMS.items():
        for value in vars(import_module(module)).values():
            if isinstance(value, type) and issubclass(value, BaseSettings):
                read_by.setdefault(value, []).append(program)
    read_by.pop(BaseSettings, None)
    return read_by


def variable(kind: type[BaseSettings], field_name: str) -> str:
    """The environment variable of a field."""
    return f"{kind.model_config.get('env_prefix', '')}{field_name}".upper()


def _rows() -> Iterator[tuple[str, ...]]:
    for kind, programs in readers().items():
        for name, field in kind.model_fields.items():
            default, bound = _default(field.default), _bound(field)
            what = field.description or ""
            yield f"`{variable(kind, name)}`", default, bound, what, ", ".join(programs)


def _default(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.as_posix()
    return f"`{value}`" if value != "" else "empty"


_SIGNS: Mapping[type, tuple[str, str]] = {
    Ge: ("ge", "≥"),
    Gt: ("gt", ">"),
    Le: ("le", "≤"),
    Lt: ("lt", "<"),
}


def _bound(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    bounds = [(_SIGNS[type(one)], one) for one in field.metadata if type(one) in _SIGNS]
    return ", ".join(f"{sign} {getattr(one, attribute)}" for (attribute, sign), one in bounds)
