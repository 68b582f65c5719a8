"""Which texts the first stage settles, so that the encoder need not read them.

In: its judgement, how much of the text is Vietnamese, from which confidence each label stands. Out:
whether it stands.
"""

from collections.abc import Mapping

from services.classify.domain.language import VIETNAMESE_LEAST
from services.classify.domain.verdict import Judgement
from shared.contracts import Label


def settles(judgement: Judgement, share: float, least: Mapping[Label, float]) -> bool:
    """Whether the judgement stands. `least` is 0..1 for each label; at 1 its texts always go on.

    A cheap stage knows words, and of another language it knows none: that the encoder reads.
    """
    enough = least[judgement.label]
    # A confidence of 0.9999999 is told as 1, and must not settle what never is to be settled.
    return share >= VIETNAMESE_LEAST and enough < 1 and judgement.confidence >= enough
