"""One graph of a bundle: texts as tokens in, its outputs for each of them out.

A bundle has one or two: the encoder, and it may be a cheap first stage in front of it. Both take
and give the same.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Encoding

from services.classify.bundle import BundleInvalid
from services.classify.domain.batch import by_length
from services.classify.domain.verdict import Reading
from services.classify.settings import Settings

INPUTS = ("input_ids", "attention_mask")
LOGITS, TOPIC_LOGITS, TOKEN_LOGITS = "logits", "topic_logits", "token_logits"
FATAL = 4  # onnxruntime's severity

Outputs = Mapping[str, Any]


class Stage:
    """A loaded graph with how its figures are to be read. Safe to use from several threads."""

    def __init__(self, file: Path, reading: Reading, settings: Settings) -> None:
        """Raises BundleInvalid if the file is no graph or has no labels."""
        self.reading = reading
        self._file, self._settings = file, settings
        self._session = _open_session(file)
        # What else a graph may put out is neither computed nor read.
        found = {output.name for output in self._session.get_outputs()}
        self._outputs = [one for one in (LOGITS, TOPIC_LOGITS, TOKEN_LOGITS) if one in found]
        if LOGITS not in self._outputs:
            raise BundleInvalid(f"{file}: has no output {LOGITS}")

    def check(self, longest: Encoding, shortest: Encoding) -> None:
        """Whether the graph takes and gives what a bundle's graph must, up to the longest text,
        alone and beside others: a post that it cannot take would hold up the log. Raises
        BundleInvalid."""
        tokens = len(longest)
        found: Sequence[Outputs] = ()
        for texts in ([shortest], [longest], [longest, shortest]):
            try:
                found = self._group(texts, weigh=True)
            except Exception as error:
                raise BundleInvalid(
                    f"{self._file}: does not take {' and '.join(INPUTS)} of {len(texts)} texts, "
                    f"the longest of {max(map(len, texts))} tokens: {error}"
                ) from error
        self._check_shapes(found, tokens)

    def _check_shapes(self, found: Sequence[Outputs], tokens: int) -> None:
        labels, topics = len(self.reading.labels), len(self.reading.topics)
        shapes = {LOGITS: (labels,), TOPIC_LOGITS: (topics,), TOKEN_LOGITS: (tokens, labels)}
        for name, values in ((name, values) for one in found for name, values in one.items()):
            if np.shape(values) != shapes[name]:
                raise BundleInvalid(
                    f"{self._file}: {name} of a text has the shape {np.shape(values)}, "
                    f"bundle.json says {shapes[name]}"
                )

    def run(self, encoded: Sequence[Encoding], *, weigh: bool) -> list[Outputs]:
        """The outputs of each text, in order; what the tokens added only if asked for."""
        groups = by_length(
            [len(one) for one in encoded],
            self._settings.rows_max,
            self._settings.padded_tokens_max,
        )
        # The longest first: at the end, threads wait for each other over a short group.
        groups.reverse()
        texts = [[encoded[row] for row in group] for group in groups]
        found: dict[int, Outputs] = {}
        # Threads of this call alone: a single text need not wait behind a batch of the log.
        with ThreadPoolExecutor(self._settings.threads) as threads:
            results = threads.map(partial(self._group, weigh=weigh), texts)
            for group, rows in zip(groups, results, strict=True):
                found.update(zip(group, rows, strict=True))
        return [found[position] for position in range(len(encoded))]

    def _group(self, encoded: Sequence[Encoding], *, weigh: bool) -> list[Outputs]:
        """The outputs of each text of one micro-batch."""
        width = max(len(one) for one in encoded)
        # Where the mask is 0 any id will do.
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros((len(encoded), width), np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one)] = one.ids
            mask[row, : len(one)] = 1
        names = [name for name in self._outputs if weigh or name != TOKEN_LOGITS]
        found = self._session.run(names, dict(zip(INPUTS, (ids, mask), strict=True)))
        lists = [values.tolist() for values in found]
        return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]


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
