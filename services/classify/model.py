"""The model: a bundle folder in, judgements out. Any bundle of the format may be put in its place.

In: texts as `text.clean` gives them. Out: a judgement for each, in order.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Encoding, Tokenizer

from services.classify.bundle import MODEL_FILE, TOKENIZER_FILE, BundleInvalid, read_bundle
from services.classify.domain.batch import by_length
from services.classify.domain.verdict import UNREADABLE, Judgement, Reading, judge
from services.classify.domain.words import Token
from services.classify.settings import Settings

INPUTS = ("input_ids", "attention_mask")
LOGITS, TOPIC_LOGITS, TOKEN_LOGITS = "logits", "topic_logits", "token_logits"
FATAL = 4  # onnxruntime's severity


@dataclass(frozen=True, slots=True)
class Weighed:
    """A judgement, the line that was read, and what each token added to the label."""

    judgement: Judgement
    line: str
    tokens: Sequence[Token]


class Model:
    """A loaded bundle. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Takes seconds: the files are read and checked, and the model is tried. Raises
        BundleInvalid."""
        bundle = read_bundle(settings.bundle)
        self.name = f"{bundle.name}@{bundle.version}"
        self._settings = settings
        self._prefix = bundle.prefix
        self._reading = Reading(
            bundle.labels, bundle.topics, bundle.temperature, bundle.confidence_threshold
        )
        self._tokenizer = _open_tokenizer(settings.bundle / TOKENIZER_FILE, bundle.tokens_max)
        self._session = _open_session(settings.bundle / MODEL_FILE)
        # What else a graph may put out is neither computed nor read.
        found = {output.name for output in self._session.get_outputs()}
        self._outputs = [one for one in (LOGITS, TOPIC_LOGITS, TOKEN_LOGITS) if one in found]
        self._try(settings.bundle / MODEL_FILE, bundle.tokens_max)

    def _try(self, file: Path, tokens_max: int) -> None:
        """Whether the graph takes and gives what a bundle's graph must, up to the longest text: a
        post that it cannot take would hold up the log."""
        if LOGITS not in self._outputs:
            raise BundleInvalid(f"{file}: has no output {LOGITS}")
        encoded = self._tokenizer.encode_batch([self._prefix + "a " * tokens_max])
        try:
            (outputs,) = self._group(encoded, weigh=True)
        except Exception as error:
            raise BundleInvalid(
                f"{file}: does not take {' and '.join(INPUTS)} of {tokens_max} tokens: {error}"
            ) from error
        labels, topics = len(self._reading.labels), len(self._reading.topics)
        token_shape = (len(encoded[0].ids), labels)
        shapes = {LOGITS: (labels,), TOPIC_LOGITS: (topics,), TOKEN_LOGITS: token_shape}
        for name, values in outputs.items():
            if np.shape(values) != shapes[name]:
                raise BundleInvalid(
                    f"{file}: {name} of a text has the shape {np.shape(values)}, "
                    f"bundle.json says {shapes[name]}"
                )

    def judge(self, lines: Sequence[str]) -> list[Judgement]:
        """A judgement for each line; blocks, so call it in a thread."""
        return [one.judgement for one in self._run(lines, weigh=False)]

    def weigh(self, lines: Sequence[str]) -> list[Weighed]:
        """The same with what each token added; no tokens if the bundle does not tell."""
        return self._run(lines, weigh=True)

    def _run(self, lines: Sequence[str], *, weigh: bool) -> list[Weighed]:
        encoded = self._tokenizer.encode_batch([self._prefix + line for line in lines])
        groups = by_length(
            [len(one.ids) for one in encoded],
            self._settings.rows_max,
            self._settings.padded_tokens_max,
        )
        texts = [[encoded[row] for row in group] for group in groups]
        judged: dict[int, Weighed] = {}
        # Threads of this call alone: a single text need not wait behind a batch of the log.
        with ThreadPoolExecutor(self._settings.threads) as threads:
            results = threads.map(partial(self._group, weigh=weigh), texts)
            for group, rows in zip(groups, results, strict=True):
                for position, outputs in zip(group, rows, strict=True):
                    judged[position] = self._read(lines[position], encoded[position], outputs)
        return [judged[position] for position in range(len(lines))]

    def _group(self, encoded: Sequence[Encoding], *, weigh: bool) -> list[Mapping[str, Any]]:
        """The outputs of each text of one micro-batch."""
        width = max(len(one.ids) for one in encoded)
        # Where the mask is 0 any id will do.
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros((len(encoded), width), np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        names = [name for name in self._outputs if weigh or name != TOKEN_LOGITS]
        found = self._session.run(names, dict(zip(INPUTS, (ids, mask), strict=True)))
        return [
            {name: values[row].tolist() for name, values in zip(names, found, strict=True)}
            for row in range(len(encoded))
        ]

    def _read(self, line: str, encoded: Encoding, outputs: Mapping[str, Any]) -> Weighed:
        if not line:
            return Weighed(UNREADABLE, line, ())
        judgement = judge(outputs[LOGITS], outputs.get(TOPIC_LOGITS), self._reading)
        label = self._reading.labels.index(judgement.label)
        weights = outputs.get(TOKEN_LOGITS, ())
        # The first word's token begins with the space that ends the prefix.
        before = len(self._prefix)
        tokens = [
            Token(max(0, start - before), end - before, row[label])
            for (start, end), row in zip(encoded.offsets, weights, strict=False)
            if end > before
        ]
        return Weighed(judgement, line, tokens)


def _open_tokenizer(file: Path, tokens_max: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.enable_truncation(tokens_max)  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # The library raises nothing more special.
        raise BundleInvalid(f"{file}: {error}") from error
    # A micro-batch is padded here, to its own longest text.
    tokenizer.no_padding()
    return tokenizer


def _open_session(file: Path) -> InferenceSession:
    options = SessionOptions()
    # Texts go side by side, each in one thread: as fast as one after the other in all threads.
    options.intra_op_num_threads = 1
    # What fails is raised; the library's own line beside it would only repeat it.
    options.log_severity_level = FATAL  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # The library's errors have no common base of their own.
        raise BundleInvalid(f"{file}: {error}") from error
