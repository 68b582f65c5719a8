"""The part of docxtpl that reports use, typed; the library itself ships no stubs."""

from collections.abc import Mapping
from os import PathLike
from typing import IO, Any

from docx.shared import Length
from jinja2 import Environment

class DocxTemplate:
    # python-docx's document, whose own types end at the XML.
    docx: Any
    def __init__(self, template_file: str | PathLike[str]) -> None: ...
    def render(self, context: Mapping[str, Any], jinja_env: Environment) -> None: ...
    def save(self, filename: str | PathLike[str] | IO[bytes]) -> None: ...

class InlineImage:
    def __init__(
        self, tpl: DocxTemplate, image_descriptor: IO[bytes], width: Length
    ) -> None: ...
