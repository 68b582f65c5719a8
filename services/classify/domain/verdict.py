"""What the model's figures mean: label, confidence, review, topic; and the verdict on a post.

In: logits of one text, what the bundle says. Out: a judgement, or the record for the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Literal
from uuid import uuid5

from shared.contracts import ID_NAMESPACE, Label, NegativeTopic, Post, Probabilities, Verdict

# Who judged a text: the cheap first graph of a bundle, or its encoder.
Stage = Literal["first", "encoder"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a graph's figures are to be read; labels and topics in the order of its outputs."""

    labels: tuple[Label, ...]
    topics: tuple[NegativeTopic, ...]
    temperature: float
    confidence_threshold: float
    stage: Stage = "encoder"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of one text. `confidence` is the probability of `label`; no stage has
    judged what cannot be read."""

    label: Label
    probabilities: Probabilities
    confidence: float
    needs_review: bool
    topic: NegativeTopic | None
    stage: Stage | None = None


def softmax(logits: Sequence[float], temperature: float) -> list[float]:
    """Probabilities that sum to 1; `temperature` over 0, above 1 means less sure."""
    highest = max(logits)
    powers = [exp((logit - highest) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def judge(
    logits: Sequence[float], topic_logits: Sequence[float] | None, reading: Reading
) -> Judgement:
    """Label, probabilities and, for a negative text, the likeliest topic."""
    chances: Mapping[str, float] = dict(
        zip(reading.labels, softmax(logits, reading.temperature), strict=True)
    )
    label = max(reading.labels, key=chances.__getitem__)
    topic = None
    if label == "tieu_cuc" and topic_logits:
        topic = reading.topics[max(range(len(topic_logits)), key=topic_logits.__getitem__)]
    return Judgement(
        label=label,
        probabilities=Probabilities(**{name: round(p, 6) for name, p in chances.items()}),
        confidence=round(chances[label], 6),
        needs_review=chances[label] < reading.confidence_threshold,
        topic=topic,
        stage=reading.stage,
    )


# Nothing can be read in such a text: whatever the model said would be about its own prefix. Ingest
# refuses these posts; should one come all the same, a person decides.
UNREADABLE = Judgement("trung_tinh", Probabilities(1 / 3, 1 / 3, 1 / 3), 1 / 3, True, None)


def verdict_of(post: Post, judgement: Judgement, model: str, now: datetime) -> Verdict:
    """The record. The same post, revision and model give the same `verdict_id`, so that judging
    twice after a crash counts once."""
    return Verdict(
        post_id=post.post_id,
        revision=post.revision,
        received_at=post.received_at,
        channel_id=post.channel_id,
        published_at=post.published_at,
        local_day=post.local_day,
        action=post.action,
        format=post.format,
        label=judgement.label,
        topic=judgement.topic,
        decided_by=model,
        decided_at=now,
        verdict_id=uuid5(ID_NAMESPACE, f"{post.post_id}\n{post.revision}\n{model}"),
        probabilities=judgement.probabilities,
        confidence=judgement.confidence,
        needs_review=judgement.needs_review,
    )
