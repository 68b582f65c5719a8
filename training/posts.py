"""The posts and labels that training reads.

In: the pool (gzipped JSON lines with id, title, lead), tables of ids and labels, and posts that
were written for the project. Out: texts as the model reads them, cleaned by the service's own code.
"""

import csv
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.classify.domain.text import clean


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled post; `topic` only where the label is tieu_cuc, `kind` (of unit) and `platform`
    only where it was written for the project."""

    post_id: str
    text: str
    label: str
    topic: str | None
    kind: str | None = None
    platform: str | None = None


def pool_texts(pool: Path) -> Iterator[tuple[str, str]]:
    """Id and clean text of every post of the pool."""
    with gzip.open(pool, "rt", encoding="utf-8") as lines:
        for line in lines:
            post = json.loads(line)
            yield post["id"], clean(post["title"], post["lead"])


def examples(pool: Path, table: Path) -> list[Example]:
    """The labelled posts of the pool, ordered by id. `table` has the columns id, label and, it
    may be, topic. Raises LookupError if the pool lacks one of them."""
    rows = _rows(table)
    texts = {post_id: text for post_id, text in pool_texts(pool) if post_id in rows}
    missing = rows.keys() - texts.keys()
    if missing:
        raise LookupError(f"{len(missing)} labelled posts are not in {pool}, as {min(missing)}")
    return [
        Example(post_id, texts[post_id], row["label"], row.get("topic") or None)
        for post_id, row in sorted(rows.items())
    ]


def labels(file: Path) -> dict[str, str]:
    """The labels of a table with the columns id and label, by id."""
    return {post_id: row["label"] for post_id, row in _rows(file).items()}


def _rows(table: Path) -> dict[str, dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def written(folder: Path) -> list[Example]:
    """The posts that were written for the project, with their labels, ordered by id."""
    found: list[Example] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            post = json.loads(line)
            text = clean(post["title"], post["text"])
            kind, platform = post["kind"], post["platform"]
            found.append(Example(post["id"], text, post["label"], post["topic"], kind, platform))
    return sorted(found, key=lambda example: example.post_id)


def is_held_out(example: Example) -> bool:
    """A fifth of the posts, by a hash of their id: always the same ones, whatever is added."""
    return hashlib.sha256(example.post_id.encode()).digest()[0] % 5 == 0


def is_for_choosing(example: Example) -> bool:
    """Half of those held out: temperatures and thresholds are chosen on them; the rest tests."""
    return is_held_out(example) and hashlib.sha256(example.post_id.encode()).digest()[1] % 2 == 0


def fingerprint(texts: Iterable[str], *files: Path) -> str:
    """SHA-256 over files and texts: another text, order or file gives another one."""
    total = hashlib.sha256(digest(*files).encode())
    for text in texts:
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()


def digest(*files: Path) -> str:
    """SHA-256 over the files, in this order."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
