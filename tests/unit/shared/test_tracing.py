"""One trace id follows a post through HTTP and Kafka."""

import re
from contextvars import Context

import pytest

from shared.tracing import carried, continue_trace, trace_headers, traceparent

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE_ID}-{SPAN_ID}-01"


def test_the_callers_trace_goes_on_with_a_span_of_our_own() -> None:
    assert continue_trace(GOOD) == TRACE_ID
    passed_on = traceparent()
    assert passed_on is not None
    assert passed_on.startswith(f"00-{TRACE_ID}-")
    assert SPAN_ID not in passed_on
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", passed_on)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "tin",
        GOOD.upper(),
        GOOD + "-more",
        GOOD + "\n",
        GOOD[:-1],
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID[:-1]}g-{SPAN_ID}-01",
        f"00-{'٣' * 32}-{SPAN_ID}-01",
    ],
)
def test_a_broken_trace_is_replaced_by_a_new_one(broken: str | None) -> None:
    first, second = continue_trace(broken), continue_trace(broken)
    assert first != second
    assert TRACE_ID not in (first, second)
    assert re.fullmatch(r"[0-9a-f]{32}", first)


def test_a_record_carries_the_trace() -> None:
    continue_trace(GOOD)
    ((name, value),) = trace_headers()
    assert (name, value) == ("traceparent", (traceparent() or "").encode())
    assert carried((("reason", b"x"), (name, value))) == ((name, value),)


def test_outside_of_a_trace_there_is_nothing_to_carry() -> None:
    assert Context().run(trace_headers) == ()
    assert Context().run(traceparent) is None
