"""What all stages share: where things are, the names, the recipes.

In: nothing. Out: constants, and the folders as one value.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training import posts, splits, targets
from training.splits import Sets
from training.targets import Recipe, Target

LABELS = ("tich_cuc", "trung_tinh", "tieu_cuc")
TOPICS = ("toi_pham", "tai_nan", "sai_pham", "giat_gan", "sai_su_that", "khac")
PREFIX, SEED, TOKENS_MAX = "query: ", 830, 128
# While it learns, the encoder is also asked after this layer: the lower ones learn the task too.
ASKED_AFTER = 4
# Where it is served, what it is sure of after this layer need not go on.
LEAVES_AFTER = 6
NO_SHIFT = np.zeros(len(LABELS), np.float32)
TEACHING = Recipe(epochs=2, rate=1.2e-4, rows=32, tokens_max=72, layer_decay=0.92, seed=SEED)
# A second round from where the first one ended, slower and in another order.
TEACHING_ON = Recipe(epochs=2, rate=8e-5, rows=32, tokens_max=72, layer_decay=0.92, seed=SEED + 2)
# From a model that is served, when there are new labels: what is below that layer stays.
TEACHING_ONWARD = Recipe(
    epochs=2,
    rate=1e-4,
    rows=32,
    tokens_max=72,
    layer_decay=0.92,
    seed=SEED + 4,
    still_layers=ASKED_AFTER,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the posts, the labels and the kept results are."""

    pool: Path
    gold: Path
    labels: Path
    written: Path
    cache: Path

    def sets(self) -> splits.Sets:
        """The labelled posts, apart by their use."""
        return _sets(self)

    def begin_from(self, bundle: Path) -> None:
        """Take the tokenizer of a served bundle, and remember which it was."""
        self.cache.mkdir(parents=True, exist_ok=True)
        if not self._begun.exists():
            content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
            (self.cache / "tokenizer.json").write_bytes((bundle / "tokenizer.json").read_bytes())
            self._begun.write_text(f"{content['name']}@{content['version']}", encoding="utf-8")

    @property
    def begun_from(self) -> str | None:
        """`name@version` of the bundle that training began from; None: from the wheel."""
        return self._begun.read_text(encoding="utf-8") if self._begun.exists() else None

    @property
    def _begun(self) -> Path:
        return self.cache / "begun-from.txt"

    @property
    def soft(self) -> Path:
        """Folder of the teacher's soft labels on posts of the pool that have none."""
        return self.cache / "soft"

    @property
    def soft_written(self) -> Path:
        """The same on the written posts that train."""
        return self.cache / "soft-written"

    def tokenizer(self) -> Tokenizer:
        """The trimmed tokenizer, without a limit of its own."""
        return Tokenizer.from_file(str(self.cache / "tokenizer.json"))


@cache
def _sets(source: Source) -> Sets:
    return splits.read(source.pool, source.gold, source.labels, source.written)


def hard(source: Source, sets: Sets) -> list[Target]:
    """Targets of the posts that have labels, in the order of `sets.trained()`."""
    readings = splits.readings(source.labels)
    shift = targets.shift_of(sets.chosen, sets.random, LABELS)
    return [
        *targets.hard(sets.random, readings, LABELS, TOPICS, NO_SHIFT),
        *targets.hard(sets.chosen, readings, LABELS, TOPICS, shift),
        # Local posts have a mix of their own, and look like local posts: no shift.
        *targets.hard(sets.written, readings, LABELS, TOPICS, NO_SHIFT),
    ]


@cache
def unlabelled(source: Source) -> dict[str, str]:
    """Every post of the pool that has no label, in an order that a hash of the id gives."""
    sets = source.sets()
    labelled = {one.post_id for one in (*sets.trained(), *sets.dev)}
    labelled |= {one.post_id for test in sets.tests.values() for one in test}
    found = [
        (one, text) for one, text in posts.pool_texts(source.pool) if one not in labelled and text
    ]
    return dict(sorted(found, key=lambda pair: sha256(pair[0].encode()).digest()))


def teller(name: str) -> Callable[[str], None]:
    """Tells lines of one stage."""
    return lambda line: tell(f"{name}: {line}")


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)
