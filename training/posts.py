"""The posts and labels that training reads.

In: the pool (gzipped JSON lines with id, title, lead) and tables of ids and labels. Out: texts
as the model reads them, cleaned by the service's own code.
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
    """A labelled post; `topic` only where the label is tieu_cuc."""

    post_id: str
    text: str
    label: str
    topic: str | None


def pool_texts(pool: Path) -> Iterator[tuple[str, str]]:
    """Id and clean text of every post of the pool."""
    with gzip.open(pool, "rt", encoding="utf-8") as lines:
        for line in lines:
            post = json.loads(line)
            yield post["id"], clean(post["title"], post["lead"])


def examples(pool: Path, labels: Path, topics: Path) -> list[Example]:
    """The labelled posts, ordered by id. Raises LookupError if the pool lacks one of them."""
    label_of, topic_of = _column(labels, "label"), _column(topics, "topic")
    texts = {post_id: text for post_id, text in pool_texts(pool) if post_id in label_of}
    missing = label_of.keys() - texts.keys()
    if missing:
        raise LookupError(f"{len(missing)} labelled posts are not in {pool}, as {min(missing)}")
    return [
        Example(post_id, texts[post_id], label_of[post_id], topic_of.get(post_id))
        for post_id in sorted(label_of)
    ]


def _column(table: Path, name: str) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row[name] for row in csv.DictReader(lines)}


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
