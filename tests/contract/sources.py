"""The repository's files as the tests read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("ingest", "classify", "ratio", "gateway")


def source_of(service: str) -> str:
    """All Python of a service in one text."""
    files = sorted((ROOT / "services" / service).rglob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def pages() -> Iterator[Path]:
    """Every Markdown file of the project; folders with a dot are no part of it."""
    yield from ROOT.glob("*.md")
    for folder in ROOT.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            yield from folder.rglob("*.md")
