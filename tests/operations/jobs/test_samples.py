"""Samples on the disk: appended, cut back, read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from operations.jobs import samples

ROWS = np.random.default_rng(1).normal(size=(7, 5))
ROWS[:, 0] = np.arange(10, 80, 10)  # steps


def test_rows_come_back_bit_for_bit(tmp_path: Path) -> None:
    file = tmp_path / samples.FILE
    samples.append(file, ROWS[:4])
    samples.append(file, ROWS[4:])
    assert np.array_equal(samples.read(file), ROWS)


def test_what_a_killed_run_left_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / samples.FILE
    samples.append(file, ROWS)
    with open(file, "ab") as handle:
        handle.write(b"torn")
    samples.keep(file, 3)
    assert np.array_equal(samples.read(file), ROWS[:3])
    samples.append(file, ROWS[3:])
    assert np.array_equal(samples.read(file), ROWS)


def test_missing_samples_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / samples.FILE
    samples.keep(file, 0)
    with pytest.raises(ValueError, match="has 0 samples; the checkpoint counts 2"):
        samples.keep(file, 2)
    samples.append(file, ROWS)
    with pytest.raises(ValueError, match="has 7 samples; the checkpoint counts 8"):
        samples.keep(file, 8)


def test_garbage_is_no_samples(tmp_path: Path) -> None:
    file = tmp_path / samples.FILE
    samples.append(file, ROWS[::-1])
    with pytest.raises(ValueError, match="steps of its samples do not increase"):
        samples.keep(file, 7)
