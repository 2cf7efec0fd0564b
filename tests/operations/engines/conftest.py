"""What the tests of every engine need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.potentials import FORMS


@pytest.fixture(scope="session")
def pairs() -> dict[tuple[int, int], PairFunction]:
    """Lennard-Jones particles of one type."""
    return {(0, 0): PairFunction(FORMS["lennard_jones"]())}


@pytest.fixture(scope="session")
def points(pairs) -> Callable[..., Model]:
    """Function that makes a model of these particles in so many dimensions, and more."""

    def make(dimensions: int = 3, **more: Any) -> Model:
        return Model(dimensions, ("A",), pairs, **more)

    return make


@pytest.fixture
def crystal() -> Callable[[int, str], Configuration]:
    """Function that makes a warm crystal, large enough for HOOMD-blue's neighbour list."""

    def make(dimensions: int, name: str) -> Configuration:
        random = np.random.default_rng(2)
        n = {2: 108, 3: 256}[dimensions]
        configuration = lattice(name, {"A": n}, dimensions, 0.8, random)
        configuration.velocities = thermal_velocities(n, dimensions, 1.0, random)
        return configuration

    return make
