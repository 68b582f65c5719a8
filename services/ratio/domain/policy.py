"""The limits that a status is judged by, and which of them hold for a unit on a day.

In: policies as the centre has set them. Out: the one that is applied, named in every answer.
"""

from collections.abc import Iterable
from datetime import date, datetime

from shared.contracts import AppliedPolicy, Policy, Unit

# Công văn 830/STTTT-TTBCXB (Thái Nguyên, 16/4/2024): negative information under 15 % of all
# posts. `warn_at` and `min_total` are candoi's own: early enough to act, and enough posts that
# one of them does not decide. It holds wherever no other policy does.
DEFAULT = AppliedPolicy(limit=0.15, warn_at=0.12, min_total=20, source="Công văn 830/STTTT-TTBCXB")


def applied(policies: Iterable[Policy], unit: Unit | None, day: date) -> AppliedPolicy:
    """The policy that holds for the unit on that day; None asks for the whole province.

    A unit's own goes before its kind's, that before the one for all; of several the one that
    began last, then the one that was set last.
    """
    fitting = [one for one in policies if _fits(one, unit) and _holds(one, day)]
    best = max(fitting, key=_rank, default=None)
    if best is None:
        return DEFAULT
    return AppliedPolicy(
        limit=best.limit,
        warn_at=best.warn_at,
        min_total=best.min_total,
        source=best.source,
        policy_id=best.policy_id,
        valid_from=best.valid_from,
    )


def _fits(policy: Policy, unit: Unit | None) -> bool:
    if policy.unit_id is not None:
        return unit is not None and policy.unit_id == unit.unit_id
    return policy.kind is None or (unit is not None and policy.kind == unit.kind)


def _holds(policy: Policy, day: date) -> bool:
    return policy.valid_from <= day and (policy.valid_to is None or day <= policy.valid_to)


def _rank(policy: Policy) -> tuple[bool, bool, date, datetime, str]:
    return (
        policy.unit_id is not None,
        policy.kind is not None,
        policy.valid_from,
        policy.set_at,
        policy.policy_id,
    )
