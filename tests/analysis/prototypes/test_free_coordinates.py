"""Displacements that keep a space group."""

import numpy as np
import pytest

from analysis.prototypes import PROTOTYPES
from analysis.prototypes.free_coordinates import free_displacements
from operations.search.symmetry import find_symmetry

#: Free coordinates by the Wyckoff positions in the International Tables.
NUMBERS = {"fcc": 0, "hcp": 0, "beta-Sn": 0, "A15": 0, "lonsdaleite": 1, "diamond-4H": 2, "cI16": 1}
NUMBERS |= {"BC8": 1, "beta-Mn": 2, "gamma-brass": 5, "sigma": 7, "alpha-Mn": 5, "clathrate-I": 3}


@pytest.mark.parametrize("name", NUMBERS)
def test_free_coordinates_are_those_of_the_wyckoff_positions(name):
    cell = PROTOTYPES[name].cell()
    modes = free_displacements(PROTOTYPES[name])
    assert modes.shape == (NUMBERS[name], cell.n_particles, 3)
    cell.positions += 0.05 * np.tensordot(np.ones(len(modes)), modes, 1)
    assert find_symmetry(cell).number == PROTOTYPES[name].space_group
