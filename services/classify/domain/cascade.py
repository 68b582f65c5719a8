"""Which texts the first stage settles, so that the encoder need not read them.

In: its judgement, how much of the text is Vietnamese, from which confidence each label stands. Out:
whether it stands.
"""

from collections.abc import Mapping

from services.classify.domain.language import VIETNAMESE_LEAST
from services.classify.domain.verdict import Judgement
from shared.contracts import Label


def settles(judgement: Judgement, share: float, least: Mapping[Label, float]) -> bool:
    """A cheap stage knows words, and of another language it knows none: that the encoder reads."""
    return share >= VIETNAMESE_LEAST and judgement.confidence >= least[judgement.label]
