"""`python -m docs.generate`: write the generated pages; `--check`: say which are not current.

In: the code. Out: files under docs/, or exit 1 with the differences.
"""

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from docs.generate import asyncapi, metrics, openapi, schemas, settings

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = "docs/contracts"
LINES_SHOWN = 20


def pages() -> dict[str, str]:
    """Every generated file's text, by its path from the repository's root."""
    return {
        **{f"{CONTRACTS}/{name}": text for name, text in schemas.pages().items()},
        f"{CONTRACTS}/asyncapi.json": asyncapi.page(),
        f"{CONTRACTS}/openapi.json": openapi.page(),
        "docs/settings.md": settings.page(),
        "docs/metrics.md": metrics.page(),
    }


def stored() -> dict[str, str]:
    """What stands in the repository in their place; contracts that no page makes are told too."""
    files = [*(ROOT / CONTRACTS).glob("*.json"), *(ROOT / page for page in pages())]
    return {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
        for file in files
        if file.is_file()
    }


def differences(made: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """The first lines that differ in each file, for a person; nothing if all are current."""
    for path in sorted(made.keys() | found.keys()):
        before, after = found.get(path, ""), made.get(path, "")
        if before != after:
            yield f"{path} is not current; run `make contracts`"
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
            yield from [f"    {line}" for line in lines][2 : 2 + LINES_SHOWN]


def main(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Write docs/contracts, docs/settings.md and docs/metrics.md from the code."""
    made, found = pages(), stored()
    if check:
        lines = list(differences(made, found))
        print("\n".join(lines) if lines else f"{len(made)} files are current", file=sys.stderr)
        raise typer.Exit(1 if lines else 0)
    for path in found.keys() - made.keys():
        (ROOT / path).unlink()
    for path, text in made.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    print(f"{len(made)} files written", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
