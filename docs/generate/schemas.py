"""JSON Schema 2020-12 of each topic's records.

In: `shared.topics`. Out: one `<topic>.schema.json` a topic.
"""

from inspect import cleandoc
from typing import Any

from msgspec import json

from docs.generate.form import Node, as_json
from shared.topics import ACTS, ALERTS, POSTS, RATIOS, UNITS, VERDICTS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TOPICS: tuple[Topic[Any], ...] = (POSTS, VERDICTS, UNITS, RATIOS, ALERTS, ACTS)


def pages() -> dict[str, str]:
    """The text of each schema file, by its name."""
    return {file_name(topic): as_json(schema(topic)) for topic in TOPICS}


def file_name(topic: Topic[Any]) -> str:
    """`candoi.posts.v1` is described by `posts.schema.json`."""
    return f"{topic.name.split('.')[1]}.schema.json"


def schema(topic: Topic[Any]) -> Node:
    """What a value of the topic must look like; more fields than described may be there."""
    (root,), definitions = json.schema_components(
        [topic.codec.record_types], ref_template="#/$defs/{name}"
    )
    return {"$schema": DIALECT, "title": topic.name, **root, "$defs": _tidied(definitions)}


def record_names(topic: Topic[Any]) -> list[str]:
    """The names of the topic's kinds of records, as under `$defs`."""
    root = schema(topic)
    references = [one["$ref"] for one in root.get("anyOf", [root])]
    return [reference.rpartition("/")[2] for reference in references]


def _tidied(node: Any) -> Any:
    """Docstrings without their indentation."""
    if isinstance(node, dict):
        return {
            name: cleandoc(value)
            if name == "description" and isinstance(value, str)
            else _tidied(value)
            for name, value in node.items()
        }
    return [_tidied(one) for one in node] if isinstance(node, list) else node
