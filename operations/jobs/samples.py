"""The thermodynamic samples of an unfinished run: appended chunk by chunk, cut back to what the
checkpoint knows.

Rows of `operations.engines.SAMPLE_COLUMNS` as little-endian float64, one after the other. A
checkpoint therefore stays as small as the state of the engine, however long the run.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from operations.engines import SAMPLE_COLUMNS

FILE = "checkpoint.samples"

_ROW = 8 * len(SAMPLE_COLUMNS)


def append(path: Path, rows: np.ndarray) -> None:
    """Append rows, shape (n, 5).

    They are on the disk when this returns, before the checkpoint that counts them.
    """
    with open(path, "ab") as handle:
        handle.write(np.asarray(rows, dtype="<f8").tobytes())
        handle.flush()
        os.fsync(handle.fileno())


def keep(path: Path, n_samples: int) -> None:
    """Drop every row after the first `n_samples`, which a killed run may have left.

    Raises
    ------
    ValueError
        If there are fewer, or they are no samples.
    """
    size = path.stat().st_size if path.exists() else 0
    if size < n_samples * _ROW:
        raise ValueError(f"{path} has {size // _ROW} samples; the checkpoint counts {n_samples}")
    if size > n_samples * _ROW:
        os.truncate(path, n_samples * _ROW)
    # "not all", because comparisons with nan are false
    if n_samples and not np.all(np.diff(read(path)[:, 0]) > 0.0):
        raise ValueError(f"{path} is damaged: the steps of its samples do not increase")


def read(path: Path) -> np.ndarray:
    """All rows, shape (n, 5)."""
    rows = np.frombuffer(path.read_bytes(), dtype="<f8").astype(np.float64)
    return rows.reshape(-1, len(SAMPLE_COLUMNS))
