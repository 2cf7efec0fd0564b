"""Small files for the tests of formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.formats import read_configuration
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise

CU3AU = ["A", "B", "B", "B"]


def plane(scale: float = 40.0) -> np.ndarray:
    """A hexagonal crystal of 120 particles as tracking finds it, in pixels, shape (120, 2)."""
    rows, columns = np.divmod(np.arange(120), 12)
    points = np.stack([columns + 0.5 * (rows % 2), rows * np.sqrt(0.75)], axis=1)
    return scale * (points + 1.0 + np.random.default_rng(0).normal(0.0, 0.03, points.shape))


def alloy() -> Configuration:
    """Cu3Au of 32 particles in a cube, types A (8) and B (24)."""
    fcc = crystal("fcc", 2, 1.0)
    parent = np.round((fcc.positions - fcc.positions[0]) * 4 / fcc.box[0]).astype(int) % 2
    types = (parent.sum(axis=1) > 0).astype(np.int32)
    both = Configuration(fcc.positions, fcc.box, 3, types, ("A", "B"))
    return with_noise(both, 0.01, np.random.default_rng(1))


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def counts(configuration: Configuration) -> dict[str, int]:
    """Particles of every type."""
    found = np.bincount(configuration.types, minlength=len(configuration.type_names))
    return dict(zip(configuration.type_names, found.tolist(), strict=True))


def counted(path: Path, dimensions: int = 3) -> dict[str, int]:
    """Particles of every type in a file."""
    return counts(read_configuration(path, dimensions))
