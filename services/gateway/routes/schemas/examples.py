"""Examples of whole values, made of the examples of their fields.

In: a schema and the schemas that it refers to. Out: a value that fits.
"""

from collections.abc import Mapping
from typing import Any

from services.gateway.routes.schemas.answers import SCHEMAS

Node = dict[str, Any]


def example_of(schema: Node, schemas: Mapping[str, Node]) -> Any:
    """A value of the schema; null where neither an example nor a default is known."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
    choices: list[Node] = schema.get("anyOf") or schema.get("oneOf") or []
    if choices and "$ref" in choices[0]:
        return example_of(choices[0], schemas)
    if schema.get("type") == "array" and "default" not in schema:
        return [example_of(schema["items"], schemas)]
    if "properties" in schema:
        fields: Node = schema["properties"]
        return {name: example_of(field, schemas) for name, field in fields.items()}
    return schema.get("default")
