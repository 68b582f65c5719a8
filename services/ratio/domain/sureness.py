"""How sure a status is: three negative posts of twenty are no breach that one can swear by.

In: counts of a window and the limit. Out: the probability that the share behind them is at or over
the limit, and whether that leaves no reasonable doubt about the status.

What a unit publishes is taken as drawn from an unknown share of negative posts, of which nothing is
known before (uniform prior). Then the share, given the counts, is Beta(negative + 1, others + 1).
"""

from math import exp, lgamma, log, log1p, pi, sqrt

from shared.contracts import RatioStatus

# One chance in twenty of being wrong: the same 95 % as the Wilson interval beside it.
DOUBT_MAX = 0.05

# From here on Stirling's series is exact to the last digit; below it lgamma is.
_SERIES_FROM = 16
_STEP_DIFFERENCE_MIN = 1e-15
# The fraction ends after about 3 sqrt(limit posts) steps at worst: some 1,000 for 10 million posts.
_STEPS_MAX = 1_000_000
_TINY = 1e-300


def over_limit_probability(negative: int, total: int, limit: float) -> float:
    """Probability, 0..1, that the share behind `negative` of `total` posts is >= `limit`.

    Right to 1e-9 up to 10 million posts; without posts it is 1 - limit.
    3 of 20 give 0.61 for a limit of 15 %.
    Raises ValueError unless 0 <= negative <= total and 0 <= limit <= 1.
    """
    if not 0 <= negative <= total or not 0 <= limit <= 1:
        raise ValueError("needs 0 <= negative <= total and 0 <= limit <= 1")
    if limit in (0, 1):
        return 1.0 - limit
    return 1.0 - _beta_at_most(limit, negative + 1, total - negative + 1)


def status_is_sure(status: RatioStatus, probability: float) -> bool:
    """Whether, by this `over_limit_probability`, the unit stands where its status says.

    `ok` and `warning` both say "below the limit". `insufficient` says nothing to be sure of.
    """
    match status:
        case "breach":
            return probability >= 1 - DOUBT_MAX
        case "ok" | "warning":
            return probability <= DOUBT_MAX
        case "insufficient":
            return False


def _beta_at_most(x: float, a: int, b: int) -> float:
    """P(Beta(a, b) <= x), the regularised incomplete beta function; a, b >= 1 and 0 < x < 1.

    Source: W. H. Press and others, Numerical Recipes, 3rd edition, 6.4: the fraction converges
    fast on one side of the mean, so the other side is reached from there.
    """
    if x < (a + 1) / (a + b + 2):
        return _lower_tail(x, 1 - x, a, b)
    return 1.0 - _lower_tail(1 - x, x, b, a)


def _lower_tail(x: float, y: float, a: int, b: int) -> float:
    # x^a y^b / (a B(a, b)) is `y` times a binomial probability, for which a formula is known that
    # keeps its digits. Rounding must not lead out of 0..1: nobody could read the record.
    return min(1.0, y * _binomial(a, b - 1, x, y) / _fraction(x, a, b))


def _binomial(hits: int, misses: int, x: float, y: float) -> float:
    """Probability of exactly so many hits and misses, x + y = 1, hits >= 1.

    The difference of three lgamma of 10 million has an error of 1e-7: the large parts are taken
    out before. Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000).
    """
    if misses == 0:
        return x**hits
    trials = hits + misses
    ahead = hits - trials * x
    deviance = hits * log1p(ahead / (trials * x)) + misses * log1p(-ahead / (trials * y))
    rest = _stirling_error(trials) - _stirling_error(hits) - _stirling_error(misses)
    return exp(rest - deviance) * sqrt(trials / (2 * pi * hits * misses))


def _stirling_error(n: int) -> float:
    """log(n!) minus Stirling's approximation of it, n >= 1."""
    if n < _SERIES_FROM:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * pi)
    square = n * n
    inner = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    return (1 / 12 - (1 / 360 - inner / square) / square) / n


def _fraction(x: float, a: int, b: int) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)) of the incomplete beta function, by Lentz's method."""
    above, below, value = 1.0, 0.0, 1.0
    for step in range(1, _STEPS_MAX):
        term = _term(step, x, a, b)
        below = 1 / ((1 + term * below) or _TINY)
        above = (1 + term / above) or _TINY
        value *= above * below
        if abs(above * below - 1) < _STEP_DIFFERENCE_MIN:
            return value
    raise ArithmeticError(f"no end of the fraction for {x}, {a}, {b}")


def _term(step: int, x: float, a: int, b: int) -> float:
    m = step // 2
    if step % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
