"""Supercells: all lattices of an index, each once, and the crystal stays what it is."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.prototypes import prototype
from operations.search.fingerprint import distance, fingerprint
from operations.search.supercells import repeated, supercells
from operations.search.symmetry import find_symmetry


@pytest.mark.parametrize(
    ("dimensions", "numbers"),
    [(2, [1, 3, 4, 7, 6, 12]), (3, [1, 7, 13, 35, 31, 91])],  # OEIS A000203, A001001
)
def test_number_of_lattices(dimensions, numbers):
    assert [len(supercells(k, dimensions)) for k in range(1, 7)] == numbers
    for times in range(1, 7):
        assert all(round(np.linalg.det(each)) == times for each in supercells(times, dimensions))


@pytest.mark.parametrize(("name", "times"), [("NaCl", 3), ("hcp", 4), ("honeycomb", 6)])
def test_repeated_crystals_are_the_same_crystal(name, times):
    unit = find_symmetry(prototype(name).cell()).primitive
    rng = np.random.default_rng(0)
    shapes = set()
    for _ in range(10):
        large = repeated(unit, times, rng)
        shapes.add(tuple(np.round(large.box, 6)))
        np.testing.assert_array_equal(np.bincount(large.types), times * np.bincount(unit.types))
        assert large.number_density == pytest.approx(unit.number_density)
        assert distance(fingerprint(large), fingerprint(unit)) < 1e-6
        assert find_symmetry(large).primitive.n_particles == unit.n_particles
    assert len(shapes) > 1
