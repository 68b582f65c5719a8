"""How generated files are written: JSON, Markdown tables.

In: values. Out: text, the same whenever the values are.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

Node = dict[str, Any]


def as_json(document: Node) -> str:
    """Readable JSON, Vietnamese as it is, in the order of the document."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(_cell(one) for one in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
