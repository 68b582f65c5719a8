"""What a bundle is worth: figures on posts that nothing was trained on.

In: a bundle folder, the sets that test. Out: figures by set, by kind of unit and of text, and for
each way in which people write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.language import VIETNAMESE_LEAST, vietnamese_share
from services.classify.domain.text import clean
from training import figures, scores, variants
from training.judge import Bundle, Verdicts
from training.posts import Example

EVERY = 3  # of the held-out posts every third is read in each variant
GROUP_MIN = 15  # posts under which a group's macro-F1 means nothing
FOREIGN = (
    "The city council approved the new budget for public schools on Tuesday.",
    "Three people were injured in a fire at a warehouse near the harbour.",
    "Le maire a inauguré une nouvelle bibliothèque dans le quartier nord.",
    "Un accident de la route a fait deux morts samedi matin.",
    "La policía detuvo a cuatro personas por fraude bancario.",
    "Der Bürgermeister eröffnete am Montag die neue Brücke.",
    "Pemerintah daerah membagikan bantuan kepada warga korban banjir.",
    "В городе открылась новая школа на восемьсот мест.",
    "市政府宣布新的交通规定将于下月生效。",
    "警方周一逮捕了两名涉嫌诈骗的男子。",
    "市は新しい図書館を来月開館すると発表した。",
    "시는 다음 달부터 새로운 버스 노선을 운행한다.",
    "เทศบาลเปิดศูนย์บริการประชาชนแห่งใหม่",
    "ເທດສະບານເປີດໂຮງຮຽນແຫ່ງໃໝ່",
)
Progress = Callable[[str], None]


def tested(
    bundle: Bundle, tests: Mapping[str, Sequence[Example]], tell: Progress
) -> dict[str, Verdicts]:
    """The verdicts on each set."""
    found: dict[str, Verdicts] = {}
    for name, examples in tests.items():
        found[name] = bundle([one.text for one in examples])
        tell(f"evaluated: {name}, {len(examples)} posts")
    return found


def by_set(
    content: Mapping[str, Any],
    tests: Mapping[str, Sequence[Example]],
    verdicts: Mapping[str, Verdicts],
) -> dict[str, dict[str, Any]]:
    """All figures of each set; with the share that the first stage settles."""
    found: dict[str, dict[str, Any]] = {}
    for name, examples in tests.items():
        part = figures.measure(
            verdicts[name].chances,
            true_of(examples, content["labels"]),
            content["labels"],
            content["confidence_threshold"],
            # Local posts look local, and were trained with the mix of local posts.
            content["trained_mix"]["local" if name == "local" else "news"],
        )
        found[name] = asdict(part) | {
            "settled_by_first_stage": float(verdicts[name].settled.mean()),
            "topic_macro_f1": _topic_f1(examples, verdicts[name], content["topics"]),
        }
    return found


def true_of(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.int64]:
    """Places of the true labels."""
    return np.array([labels.index(one.label) for one in examples])


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two readings of the same posts; `macro_f1` is the second's against the first."""

    posts: int
    same_label: float
    kappa: float
    macro_f1: float


def agreement(examples: Sequence[Example], again: Mapping[str, str]) -> Agreement:
    """How far the labels of the examples agree with those of another reader, where there are
    both. `again`: post id to label."""
    both = [(one.label, again[one.post_id]) for one in examples if one.post_id in again]
    names = sorted({label for pair in both for label in pair})
    first, second = (np.array([names.index(pair[at]) for pair in both]) for at in (0, 1))
    return Agreement(
        posts=len(both),
        same_label=float((first == second).mean()),
        kappa=scores.kappa(first, second),
        macro_f1=scores.macro_f1(first, second),
    )


def _topic_f1(examples: Sequence[Example], verdicts: Verdicts, topics: Sequence[str]) -> float:
    """Over the negative posts whose topic is known; -1 if there are none."""
    known = [at for at, one in enumerate(examples) if one.topic]
    if not known:
        return -1.0
    true = [topics.index(str(examples[at].topic)) for at in known]
    return scores.macro_f1(np.array(true), verdicts.topics[known].argmax(1))


def by_group(
    labels: Sequence[str],
    tests: Mapping[str, Sequence[Example]],
    verdicts: Mapping[str, Verdicts],
) -> dict[str, dict[str, float]]:
    """Posts and macro-F1 by kind of unit, platform, and length of the text."""
    rows = [
        (group, labels.index(one.label), int(found))
        for name, examples in tests.items()
        for one, found in zip(examples, verdicts[name].chances.argmax(1), strict=True)
        for group in _groups(one)
    ]
    table: dict[str, dict[str, float]] = {}
    for group in sorted({row[0] for row in rows}):
        true, found = zip(*(row[1:] for row in rows if row[0] == group), strict=True)
        if len(true) >= GROUP_MIN:
            macro = scores.macro_f1(np.array(true), np.array(found))
            table[group] = {"posts": len(true), "macro_f1": float(macro)}
    return table


def _groups(one: Example) -> list[str]:
    words = len(one.text.split())
    size = "to 20" if words <= 20 else "21 to 60" if words <= 60 else "over 60"
    return [
        f"unit: {one.kind or 'national press'}",
        f"platform: {one.platform or 'online newspaper'}",
        f"words: {size}",
    ]


def by_variant(
    bundle: Bundle, examples: Sequence[Example], seed: int, tell: Progress
) -> dict[str, dict[str, float]]:
    """Macro-F1 of the same posts written otherwise, through the service's own cleaning; and how
    many go to review, by confidence or because the service takes them for another language."""
    content, some = bundle.content, examples[::EVERY]
    true, table = true_of(some, content["labels"]), dict[str, dict[str, float]]()
    for name, variant in variants.ALL.items():
        chance = Random(seed)
        lines = [clean(None, variant(one.text, chance)) for one in some]
        chances = bundle(lines).chances
        macro = scores.macro_f1(true, chances.argmax(1))
        table[name] = {"macro_f1": macro, "review_share": _review_share(content, lines, chances)}
        tell(f"evaluated: {name}, {len(some)} posts")
    lines = [clean(None, text) for text in FOREIGN]
    share = _review_share(content, lines, bundle(lines).chances)
    table["other languages"] = {"macro_f1": -1.0, "review_share": share}
    return table


def _review_share(
    content: Mapping[str, Any], lines: Sequence[str], chances: NDArray[np.floating]
) -> float:
    unsure = chances.max(1) < content["confidence_threshold"]
    foreign = [vietnamese_share(line) < VIETNAMESE_LEAST for line in lines]
    return float((unsure | np.array(foreign)).mean())
