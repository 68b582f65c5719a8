"""Ratios for the tests of what the demo prints.

In: counts. Out: the figures of a unit in November 2026, as the ratio service measures them.
"""

from datetime import date

from services.ratio.domain import policy
from services.ratio.domain.ratio import Asked, Sums, measure
from services.ratio.domain.window import window_at
from shared.contracts import Counts, Ratio
from tests.builders import NOON

TODAY = date(2026, 11, 25)
MONTH = window_at("month", TODAY)


def a_ratio(
    positive: int, neutral: int, negative: int, unit_id: str = "so-y-te", name: str = "Sở Y tế"
) -> Ratio:
    counts = Counts(positive, neutral, negative, positive + neutral + negative)
    return measure(Asked(unit_id, name, policy.DEFAULT, NOON), MONTH, Sums(counts, 0, 0))
