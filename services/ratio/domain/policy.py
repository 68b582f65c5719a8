"""The limits that a status is judged by.

In: nothing yet but the letter. Out: the limits in force.
"""

from shared.contracts import AppliedPolicy

# Công văn 830/STTTT-TTBCXB (Thái Nguyên, 16/4/2024): negative information under 15 % of all
# posts. `warn_at` and `min_total` are candoi's own: early enough to act, and enough posts that
# one of them does not decide.
DEFAULT = AppliedPolicy(limit=0.15, warn_at=0.12, min_total=20, source="Công văn 830/STTTT-TTBCXB")
