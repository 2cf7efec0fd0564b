"""Small cells of crystals that a box repeats."""

import numpy as np
import pytest

from analysis.prototypes import PROTOTYPES, names
from analysis.prototypes.defects import deformed, with_noise
from operations.search.symmetry import find_symmetry
from operations.search.translations import small_cell


@pytest.mark.parametrize("name", [*names(2), "fcc", "hcp", "AlB2", "NaZn13", "alpha-Mn", "sigma"])
def test_the_cell_is_primitive_and_has_the_symmetry_of_the_whole(name):
    cell = PROTOTYPES[name].cell()
    repeats = (3, 2, 1) if cell.dimensions == 2 or cell.n_particles > 20 else (4, 3, 5)
    whole = cell.replicate(repeats)
    shift = np.array([0.3, -0.2, 0.0])
    whole.positions += shift
    order = np.random.default_rng(0).permutation(whole.n_particles)
    whole.positions, whole.types = whole.positions[order], whole.types[order]
    small = small_cell(whole, 200)
    symmetry = find_symmetry(cell)
    assert small is not None
    assert small.n_particles == symmetry.primitive.n_particles
    assert small.number_density == pytest.approx(cell.number_density)
    assert find_symmetry(small).number == symmetry.number


def test_a_strained_crystal_in_a_skewed_box():
    cell = PROTOTYPES["NiAs"].cell()
    shear = np.array([[1.0, 0.3, 0.0], [0.0, 1.0, 0.1], [0.0, 0.0, 1.0]])
    sheared = deformed(cell.replicate((3, 3, 3)), shear)
    small = small_cell(sheared, 200)
    assert small is not None
    assert small.n_particles == 4


def test_noise_has_no_translations():
    noisy = with_noise(
        PROTOTYPES["fcc"].cell().replicate((4, 4, 4)), 0.01, np.random.default_rng(1)
    )
    assert small_cell(noisy, 200) is None


def test_one_cell_is_its_own_and_a_large_one_is_none():
    cell = PROTOTYPES["beta-Mn"].cell()
    small = small_cell(cell, 200)
    assert small is not None
    assert small.n_particles == 20
    assert small_cell(cell, 19) is None
