"""How many requests are admitted, and what the headers promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.rate_limit import Admission, Quota, admit, headers

# Sixty a minute, five at once: whole seconds, so that sums are exact.
QUOTA = Quota("default", requests=60, seconds=60, burst=5)
QUOTAS = st.builds(
    Quota,
    st.just("default"),
    requests=st.integers(1, 6_000),
    seconds=st.sampled_from([1, 60, 3_600]),
    burst=st.integers(1, 50),
)
# A clock as monotonic() gives it: some digits before the point, nanoseconds after it.
MOMENTS = st.integers(1, 10**15).map(lambda nanoseconds: nanoseconds / 1e9)
# Intervals and moments whose sums are exact: elsewhere rounding may move an edge by a nanosecond.
EXACT_QUOTAS = st.builds(
    Quota,
    st.just("default"),
    requests=st.sampled_from([1, 2, 4, 60, 120, 960]),
    seconds=st.just(60),
    burst=st.integers(1, 50),
)
EXACT_MOMENTS = st.integers(1, 10**9).map(lambda parts: parts / 1_024)


def run(quota: Quota, moments: list[float]) -> list[Admission]:
    """The admissions of one client's requests at these moments."""
    pace_at, told = 0.0, list[Admission]()
    for now in moments:
        told.append(admit(pace_at, now, quota))
        pace_at = told[-1].pace_at
    return told


def test_a_burst_passes_and_the_next_request_waits() -> None:
    told = run(QUOTA, [1_000.0] * 7)
    assert [one.admitted for one in told] == [True] * 5 + [False] * 2
    assert [one.remaining for one in told] == [4, 3, 2, 1, 0, 0, 0]
    assert [one.retry_seconds for one in told] == [0] * 5 + [1] * 2


def test_whoever_keeps_the_pace_is_never_refused() -> None:
    told = run(QUOTA, [1_000.0 + second for second in range(200)])
    assert {(one.admitted, one.remaining) for one in told} == {(True, 4)}


def test_a_refused_request_costs_nothing() -> None:
    told = run(QUOTA, [1_000.0] * 50 + [1_001.0, 1_001.0])
    assert [one.admitted for one in told[-2:]] == [True, False]


def test_after_a_pause_the_whole_burst_is_free_and_no_more() -> None:
    told = run(QUOTA, [1_000.0] * 5 + [9_000.0] * 6)
    assert [one.admitted for one in told[5:]] == [True] * 5 + [False]


@given(QUOTAS, st.lists(MOMENTS, min_size=1, max_size=60))
def test_no_more_are_admitted_than_burst_and_pace_allow(quota: Quota, moments: list[float]) -> None:
    moments.sort()
    told = run(quota, moments)
    admitted = [now for now, one in zip(moments, told, strict=True) if one.admitted]
    for at, first in enumerate(admitted):
        for count, last in enumerate(admitted[at:], start=1):
            assert count <= quota.burst + (last - first) / quota.interval() + 0.001


@given(EXACT_QUOTAS, EXACT_MOMENTS, st.integers(0, 1_023))
def test_whoever_waits_as_long_as_told_is_admitted(quota: Quota, now: float, part: int) -> None:
    # Before the next request is due: the part of an interval, in steps that are exact.
    later = now + int(part * quota.interval()) / 1_024
    *_, last = run(quota, [now] * quota.burst + [later])
    assert not last.admitted
    assert last.retry_seconds >= 1
    assert admit(last.pace_at, later + last.retry_seconds, quota).admitted
    # And no second longer than needed.
    assert (
        last.retry_seconds == 1
        or not admit(last.pace_at, later + last.retry_seconds - 1, quota).admitted
    )


@given(EXACT_QUOTAS, EXACT_MOMENTS)
def test_as_many_pass_at_once_as_are_promised(quota: Quota, now: float) -> None:
    told = run(quota, [now] * (quota.burst + 1))
    assert [one.remaining for one in told[:-1]] == list(reversed(range(quota.burst)))
    assert [one.admitted for one in told] == [True] * quota.burst + [False]


@pytest.mark.parametrize(("requests", "r", "t"), [(1, 4, 1), (4, 1, 4), (5, 0, 5), (6, 0, 5)])
def test_the_headers_tell_what_is_left_and_when_all_is_free(requests: int, r: int, t: int) -> None:
    last = run(QUOTA, [1_000.0] * requests)[-1]
    assert headers(QUOTA, last, 1_000.0) == {
        "RateLimit-Policy": '"default";q=60;w=60',
        "RateLimit": f'"default";r={r};t={t}',
    }
    # `t` is no empty promise: then the whole burst is free.
    assert admit(last.pace_at, 1_000.0 + t, QUOTA).remaining == 4
