"""The thermodynamic samples of an unfinished run: appended chunk by chunk, cut back to what the
checkpoint knows.

Rows as little-endian float64, one after the other: `SAMPLE_COLUMNS`, and one more column for every
quantity of an external or bias term of the model (`Model.columns`). A checkpoint therefore stays as
small as the state of the engine, however long the run.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

FILE = "checkpoint.samples"

#: Columns that every engine samples, in this order.
SAMPLE_COLUMNS = (
    "step",
    "kinetic_temperature",
    "potential_energy",
    "pressure",
    "volume",
)

#: And more where they are asked for (`Model.shear`), in two dimensions the first: the pressure off
#: the diagonal.
SHEAR_COLUMNS = ("pressure_xy", "pressure_xz", "pressure_yz")

#: Columns that a row may have.
MOST_COLUMNS = 20


def append(path: Path, rows: np.ndarray) -> None:
    """Append rows, shape (n, columns).

    They are on the disk when this returns, before the checkpoint that counts them.
    """
    with open(path, "ab") as handle:
        handle.write(np.asarray(rows, dtype="<f8").tobytes())
        handle.flush()
        os.fsync(handle.fileno())


def keep(path: Path, n_samples: int, columns: int = len(SAMPLE_COLUMNS)) -> None:
    """Drop every row after the first `n_samples`, which a killed run may have left.

    Raises
    ------
    ValueError
        If there are fewer, or they are no samples.
    """
    row = 8 * columns
    size = path.stat().st_size if path.exists() else 0
    if size < n_samples * row:
        raise ValueError(f"{path} has {size // row} samples; the checkpoint counts {n_samples}")
    if size > n_samples * row:
        os.truncate(path, n_samples * row)
    # "not all", because comparisons with nan are false
    if n_samples and not np.all(np.diff(read(path, columns)[:, 0]) > 0.0):
        raise ValueError(f"{path} is damaged: the steps of its samples do not increase")


def columns_in(path: Path) -> int:
    """Columns of the rows of a file, whatever they hold beyond the first: steps increase."""
    values = read(path, 1)
    for columns in range(len(SAMPLE_COLUMNS), MOST_COLUMNS + 1):
        if len(values) % columns == 0 and np.all(np.diff(values[::columns, 0]) > 0.0):
            return columns
    return len(SAMPLE_COLUMNS)


def read(path: Path, columns: int = len(SAMPLE_COLUMNS)) -> np.ndarray:
    """All rows, shape (n, columns)."""
    rows = np.frombuffer(path.read_bytes(), dtype="<f8").astype(np.float64)
    return rows.reshape(-1, columns)
