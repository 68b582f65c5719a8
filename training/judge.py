"""Graphs run as the service runs them.

In: a graph or a bundle folder, lines of clean text. Out: logits, or the cascade's probabilities.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.classify.domain.diacritics import Marks, as_read
from training import cascade, diacritics

ROWS = 16
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Outputs:
    """[posts, labels] and [posts, topics], before the softmax."""

    labels: Floats
    topics: Floats


class Judge:
    """A graph and its tokenizer."""

    def __init__(
        self,
        model: Path,
        tokenizer: Path,
        prefix: str,
        tokens_max: int,
        marks: Marks | None = None,
    ) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(tokens_max)
        self._tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
        self._session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self._prefix, self._marks = prefix, marks

    def __call__(self, lines: Sequence[str]) -> Outputs:
        """The outputs of the lines, in their order."""
        lines = [as_read(line, self._marks) for line in lines]
        order = sorted(range(len(lines)), key=lambda at: len(lines[at]))
        found: dict[int, tuple[Floats, Floats]] = {}
        for start in range(0, len(order), ROWS):
            rows = order[start : start + ROWS]
            encoded = self._tokenizer.encode_batch([self._prefix + lines[row] for row in rows])
            fed = {
                "input_ids": np.array([one.ids for one in encoded], np.int64),
                "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
            }
            labels, topics = self._session.run(["logits", "topic_logits"], fed)
            found |= {row: (labels[at], topics[at]) for at, row in enumerate(rows)}
        places = range(len(lines))
        return Outputs(
            np.stack([found[at][0] for at in places]), np.stack([found[at][1] for at in places])
        )


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`chances` [posts, labels] of the cascade, the topics' logits of the stage that settled the
    post, and whether that was the first stage."""

    chances: Floats
    topics: Floats
    settled: NDArray[np.bool_]


class Bundle:
    """A bundle folder, with its first stage if it has one."""

    def __init__(self, folder: Path) -> None:
        self.content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        file = self.content.get("diacritics")
        self.marks = diacritics.read(folder / file) if file else None
        say = (
            folder / "tokenizer.json",
            self.content["prefix"],
            self.content["tokens_max"],
            self.marks,
        )
        self.encoder = Judge(folder / "model.onnx", *say)
        self.first_stage = self.content.get("first_stage")
        self.first = Judge(folder / self.first_stage["file"], *say) if self.first_stage else None

    def __call__(self, lines: Sequence[str]) -> Verdicts:
        """The verdict on each line."""
        if not (self.first and self.first_stage):
            slow = self.encoder(lines)
            return Verdicts(self._chances(slow), slow.topics, np.zeros(len(lines), np.bool_))
        fast = self.first(lines)
        chances = cascade.chances(fast.labels, self.first_stage["temperature"])
        settles = [self.first_stage["settles"][name] for name in self.content["labels"]]
        settled = cascade.settled(chances, settles)
        topics, rest = fast.topics.copy(), np.flatnonzero(~settled)
        if len(rest):
            slow = self.encoder([lines[at] for at in rest])
            chances[rest], topics[rest] = self._chances(slow), slow.topics
        return Verdicts(chances, topics, settled)

    def _chances(self, outputs: Outputs) -> Floats:
        return cascade.chances(outputs.labels, self.content["temperature"])
