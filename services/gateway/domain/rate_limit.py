"""How many requests of a client are admitted: the generic cell rate algorithm.

In: when the client's requests would have come had it kept its pace, and now. Out: admitted or
not, and what the headers say. Kept in the memory of the process: with several gateways each
admits its own share, until a shared store is worth its trip.
Source: ITU-T I.371; headers by draft-ietf-httpapi-ratelimit-headers-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from shared.problems import Refusal

# Sums of many small steps are off by less; without it the last request of a burst is lost.
_ROUNDING_SECONDS = 1e-6
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


class QuotaExceeded(Refusal):
    """More requests than the client's quota."""

    http_status, slug, title = 429, "quota-exceeded", "Gửi quá nhiều yêu cầu"


@dataclass(frozen=True, slots=True)
class Quota:
    """`requests` in `seconds`, of which `burst` may come at once."""

    name: str
    requests: int
    seconds: int
    burst: int

    def interval(self) -> float:
        """Seconds between two requests at full pace."""
        return self.seconds / self.requests


@dataclass(frozen=True, slots=True)
class Admission:
    """`pace_at`: when the next request is due at full pace, to be given to the next call."""

    admitted: bool
    pace_at: float
    remaining: int
    retry_seconds: int


def admit(pace_at: float, now: float, quota: Quota) -> Admission:
    """One more request at `now` (seconds of any clock); `pace_at` is 0 for a new client."""
    interval = quota.interval()
    tolerance = interval * (quota.burst - 1)
    due = max(pace_at, now)
    ahead = due - now
    if ahead > tolerance + _ROUNDING_SECONDS:
        return Admission(False, pace_at, 0, max(1, ceil(ahead - tolerance)))
    remaining = max(0, floor((tolerance - ahead + _ROUNDING_SECONDS) / interval))
    return Admission(True, due + interval, remaining, 0)


def headers(quota: Quota, admission: Admission, now: float) -> Mapping[str, str]:
    """`RateLimit-Policy` and `RateLimit`; `t` are the seconds until the whole burst is free."""
    full_in = max(0, ceil(admission.pace_at - now))
    return {
        "RateLimit-Policy": f'"{quota.name}";q={quota.requests};w={quota.seconds}',
        "RateLimit": f'"{quota.name}";r={admission.remaining};t={full_in}',
    }
