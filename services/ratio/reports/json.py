"""A report as JSON: the same figures and posts by the names of the API.

In: a report. Out: one JSON object in UTF-8; `posts` is its last member, written as it is read.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from services.ratio.domain.report import Report
from services.ratio.reports.chunks import joined

MEDIA_TYPE = "application/json"


def render(report: Report) -> Iterator[bytes]:
    """The report in pieces; posts are read as they are sent."""
    return joined(_pieces(report))


def _pieces(report: Report) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    yield encoder.encode(_head(report)).removesuffix(b"}")
    yield b',"posts":['
    for place, post in enumerate(report.posts):
        yield (b"," if place else b"") + encoder.encode(post)
    yield b"]}"


def _head(report: Report) -> dict[str, Any]:
    names = ("office", "scope", "window", "total", "units", "trend", "topics", "models")
    return {name: getattr(report, name) for name in (*names, "known_at", "made_at", "closed")}
