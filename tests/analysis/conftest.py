"""Configurations that the tests of labels share."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.configuration import Configuration

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def simulated() -> Callable[[str], Configuration]:
    """A simulated configuration by its name in data/README.md."""
    files = ("simulated.npz", "fluid_or_solid.npz", "assembled.npz")
    arrays = {name: array for file in files for name, array in np.load(DATA / file).items()}

    def read(name: str) -> Configuration:
        positions = arrays[f"{name}.positions"]
        dims = positions.shape[1]
        padded = np.zeros((len(positions), 3))
        padded[:, :dims] = positions
        return Configuration(padded, arrays[f"{name}.box"], dims, np.zeros(len(padded)))

    return read
