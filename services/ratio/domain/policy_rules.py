"""Which policies may be set.

In: a policy, the registry. Out: nothing, or a refusal that names each field that is wrong.
"""

from collections.abc import Iterator

from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.registry import Registry
from shared.contracts import Policy
from shared.problems import Fault, Invalid, Refusal


class DatesReversed(Refusal):
    """A last day lies before its first day."""

    http_status, slug, pointer = 422, "dates-reversed", "/valid_to"
    title = "Ngày kết thúc trước ngày bắt đầu"


def check_policy(policy: Policy, registry: Registry) -> None:
    """Raises DatesReversed, or Invalid with every other fault."""
    if policy.valid_to is not None and policy.valid_to < policy.valid_from:
        raise DatesReversed(
            f"valid_to ({policy.valid_to}) phải không sớm hơn valid_from ({policy.valid_from})."
        )
    faults = list(_faults(policy, registry))
    if faults:
        raise Invalid(faults[0].detail, faults=faults)


def _faults(policy: Policy, registry: Registry) -> Iterator[Fault]:
    if policy.warn_at > policy.limit:
        yield Fault(
            "warning-after-limit",
            f"warn_at ({policy.warn_at}) phải không lớn hơn limit ({policy.limit}).",
            pointer="/warn_at",
        )
    if policy.unit_id is not None and policy.kind is not None:
        yield Fault(
            "unit-and-kind",
            "Một chính sách áp dụng cho một đơn vị hoặc một loại đơn vị; hãy bỏ unit_id hoặc kind.",
            pointer="/kind",
        )
    if policy.unit_id is not None and policy.unit_id not in registry.units:
        yield Fault(
            "unknown-unit",
            f"Không có đơn vị {policy.unit_id}; danh sách ở GET /v1/units.",
            pointer="/unit_id",
        )
    # Its name is what answers give wherever no other policy holds.
    if policy.policy_id == DEFAULT.policy_id and (policy.unit_id or policy.kind):
        yield Fault(
            "default-for-all",
            f"{DEFAULT.policy_id} là chính sách mặc định cho mọi đơn vị; hãy đặt policy_id khác.",
            pointer="/unit_id" if policy.unit_id else "/kind",
        )
