"""Writes the golden reports anew."""

from tests.unit.ratio.golden import FOLDER, GOLDEN

for name, make in GOLDEN.items():
    (FOLDER / name).write_bytes(make())
