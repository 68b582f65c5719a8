"""The model: a bundle folder in, judgements out. Any bundle of the format may be put in its place.

In: texts as `text.clean` gives them. Out: a judgement for each, in order. Where the bundle has a
first stage, it judges every text, and the encoder those of which it is not sure. Where it knows
diacritics, a text typed without them is read with them.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import DecodeError, json
from tokenizers import Encoding, Tokenizer

from services.classify.bundle import (
    MODEL_FILE,
    TOKENIZER_FILE,
    Bundle,
    BundleInvalid,
    read_bundle,
)
from services.classify.domain import occlusion
from services.classify.domain.cascade import settles
from services.classify.domain.diacritics import Marks, as_read
from services.classify.domain.language import doubted, vietnamese_share
from services.classify.domain.verdict import UNREADABLE, Judgement, Reading, judge
from services.classify.domain.words import Token
from services.classify.settings import Settings
from services.classify.stage import LOGITS, TOKEN_LOGITS, TOPIC_LOGITS, Outputs, Stage
from shared.contracts import Label


@dataclass(frozen=True, slots=True)
class Weighed:
    """A judgement, the line that was read, and what each token added to the label."""

    judgement: Judgement
    line: str
    tokens: Sequence[Token]


class Model:
    """A loaded bundle. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Takes seconds: the files are read and checked, and the graphs are tried. Raises
        BundleInvalid."""
        bundle = read_bundle(settings.bundle)
        self.name = f"{bundle.name}@{bundle.version}"
        self._prefix = bundle.prefix
        self._tokenizer = _open_tokenizer(settings.bundle / TOKENIZER_FILE, bundle.tokens_max)
        self._marks = (
            _open_marks(settings.bundle / bundle.diacritics) if bundle.diacritics else None
        )
        self._stages, self._settles = _open_stages(bundle, settings)
        longest, shortest = self._encode(["a " * bundle.tokens_max, "a"])
        for stage in self._stages:
            stage.check(longest, shortest)

    def judge(self, lines: Sequence[str]) -> list[Judgement]:
        """A judgement for each line; blocks, so call it in a thread."""
        return [one.judgement for one in self._run(lines, weigh=False)]

    def weigh(self, lines: Sequence[str]) -> list[Weighed]:
        """The same with what each token added. A graph that does not tell is asked again without
        each word, if there is but one line; of more lines it tells nothing."""
        found = self._run(lines, weigh=True)
        if len(lines) == 1 and found[0].judgement.stage and not found[0].tokens:
            return [replace(found[0], tokens=self._left_out(found[0]))]
        return found

    def _run(self, lines: Sequence[str], *, weigh: bool) -> list[Weighed]:
        encoded = self._encode(lines)
        shares = [vietnamese_share(line) for line in lines]
        found = {at: Weighed(UNREADABLE, line, ()) for at, line in enumerate(lines) if not line}
        for stage in self._stages:
            left = [at for at in range(len(lines)) if at not in found]
            outputs = stage.run([encoded[at] for at in left], weigh=weigh)
            for at, output in zip(left, outputs, strict=True):
                one = self._read(stage, lines[at], encoded[at], output)
                last = stage is self._stages[-1]
                if last or settles(one.judgement, shares[at], self._settles):
                    found[at] = replace(one, judgement=doubted(one.judgement, shares[at]))
        return [found[at] for at in range(len(lines))]

    def _encode(self, lines: Sequence[str]) -> list[Encoding]:
        """The tokens of each line, with its diacritics: a token stands where its letters do."""
        return self._tokenizer.encode_batch(
            [self._prefix + as_read(line, self._marks) for line in lines]
        )

    def _read(self, stage: Stage, line: str, encoded: Encoding, outputs: Outputs) -> Weighed:
        judgement = judge(outputs[LOGITS], outputs.get(TOPIC_LOGITS), stage.reading)
        label = stage.reading.labels.index(judgement.label)
        # The first word's token begins with the space that ends the prefix.
        before = len(self._prefix)
        weights = [row[label] for row in outputs.get(TOKEN_LOGITS, ())[: len(encoded)]]
        # What the label has before a word is read is shared by all: else, where it is high, even
        # the words that speak most for the label would seem to speak against it.
        share = (outputs[LOGITS][label] - sum(weights)) / len(encoded)
        tokens = [
            Token(max(0, start - before), end - before, weight + share)
            for (start, end), weight in zip(encoded.offsets, weights, strict=False)
            if end > before
        ]
        return Weighed(judgement, line, tokens)

    def _left_out(self, whole: Weighed) -> list[Token]:
        """What the label's logit loses without each word, by the stage that judged."""
        stage = next(one for one in self._stages if one.reading.stage == whole.judgement.stage)
        # With its diacritics, which one word fewer might leave untold.
        line = as_read(whole.line, self._marks)
        places = occlusion.stretches(line)
        lines = [line, *(occlusion.without(line, place) for place in places)]
        label = stage.reading.labels.index(whole.judgement.label)
        logits = [one[LOGITS][label] for one in stage.run(self._encode(lines), weigh=False)]
        return occlusion.weighed(logits[0], list(zip(places, logits[1:], strict=True)))


def _open_stages(bundle: Bundle, settings: Settings) -> tuple[list[Stage], Mapping[Label, float]]:
    """The stages in their order, the encoder last; and from which confidence the first settles."""
    reading = Reading(
        bundle.labels, bundle.topics, bundle.temperature, bundle.confidence_threshold, "encoder"
    )
    encoder = Stage(settings.bundle / MODEL_FILE, reading, settings)
    first = bundle.first_stage
    if first is None:
        return [encoder], {}
    cheap = replace(reading, temperature=first.temperature, stage="first")
    return [Stage(settings.bundle / first.file, cheap, settings), encoder], first.settles


def _open_marks(file: Path) -> Marks:
    try:
        return json.decode(gzip.decompress(file.read_bytes()), type=Marks)
    except (DecodeError, UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise BundleInvalid(f"{file}: {error}") from error


def _open_tokenizer(file: Path, tokens_max: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.enable_truncation(tokens_max)  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # The library raises nothing more special.
        raise BundleInvalid(f"{file}: {error}") from error
    # A micro-batch is padded here, to its own longest text.
    tokenizer.no_padding()
    return tokenizer
