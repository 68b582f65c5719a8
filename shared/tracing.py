"""W3C trace context: one id follows a post through HTTP and Kafka.

In: a `traceparent` of a request or a record, or none. Out: the `traceparent` to pass on.
Source: https://www.w3.org/TR/trace-context/
"""

import re
import secrets
from contextvars import ContextVar

from shared.kafka import Headers

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def continue_trace(traceparent: str | None) -> str:
    """Enter the caller's trace, or a new one if it has none or a broken one; its trace id."""
    known = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id = known.group(1) if known else secrets.token_hex(16)
    _current.set(f"00-{trace_id}-{secrets.token_hex(8)}-01")
    return trace_id


def traceparent() -> str | None:
    """What to send along, if a trace is going on."""
    return _current.get()


def trace_headers() -> Headers:
    """The current trace as headers of a record."""
    current = traceparent()
    return (("traceparent", current.encode()),) if current else ()


def carried(headers: Headers) -> Headers:
    """The trace of a record that was read, to be passed on with what comes of it."""
    return tuple(header for header in headers if header[0] == "traceparent")
