"""Soft labels: made in pieces, by as many runs as it takes."""

from pathlib import Path

import numpy as np
import pytest

from training.soft import Soft, label_all, read, targets_of


def outputs(*labels: list[float]) -> Soft:
    vectors = np.eye(4)[np.arange(len(labels)) % 4]
    return Soft(np.log(np.array(labels)), np.zeros((len(labels), 2)), vectors)


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    asked: list[str] = []

    def judge(lines: list[str]) -> Soft:
        asked.extend(lines)
        return outputs(*[[0.5, 0.3, 0.2]] * len(lines))

    texts = {f"vn-{number}": f"Tin số {number}" for number in range(2_500)}
    label_all(judge, dict(list(texts.items())[:1_024]), tmp_path, 60, lambda _: None)
    label_all(judge, texts, tmp_path, 60, lambda _: None)
    ids, found = read(tmp_path)
    assert ids == list(texts)
    assert asked == list(texts.values())
    assert len(found.labels) == len(found.topics) == len(texts)
    assert found.vectors[1_024:1_026].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    labels, topics = targets_of(found)
    assert labels[-1] == pytest.approx([0.5, 0.3, 0.2])
    assert topics[-1] == pytest.approx([0.5, 0.5])


def test_no_soft_labels_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no soft labels yet"):
        read(tmp_path)
