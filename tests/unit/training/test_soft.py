"""Soft labels: made in pieces, by as many runs as it takes."""

from pathlib import Path

import numpy as np
import pytest

from training.judge import Outputs
from training.soft import label_all, read


def outputs(*labels: list[float]) -> Outputs:
    return Outputs(np.log(np.array(labels)), np.zeros((len(labels), 2)))


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    asked: list[str] = []

    def judge(lines: list[str]) -> Outputs:
        asked.extend(lines)
        return outputs(*[[0.5, 0.3, 0.2]] * len(lines))

    texts = {f"vn-{number}": f"Tin số {number}" for number in range(2_500)}
    label_all(judge, dict(list(texts.items())[:1_024]), tmp_path, 60, lambda _: None)
    label_all(judge, texts, tmp_path, 60, lambda _: None)
    ids, found = read(tmp_path)
    assert ids == list(texts)
    assert asked == list(texts.values())
    assert len(found.labels) == len(texts)


def test_no_soft_labels_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no soft labels yet"):
        read(tmp_path)
