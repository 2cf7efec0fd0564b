"""Broken symmetries by name."""

from itertools import product

import numpy as np
import pytest

from analysis.descriptors.broken_symmetry import broken_symmetry

SQUARE = np.array([(1.0, 1.0, 0.0), (-1.0, 1.0, 0.0), (-1.0, -1.0, 0.0), (1.0, -1.0, 0.0)])
CUBE = np.array(list(product((-1.0, 1.0), repeat=3)))


def test_square_to_rectangle():
    """l = 2, m = 2: x^2 - y^2; z^2 is there already, because the square is flat."""
    found = broken_symmetry(SQUARE, SQUARE * (1.2, 0.85, 1.0))
    assert (found.degree, found.even) == (2, True)
    assert np.abs(found.components[:4]).max() < 1e-9
    assert found.components[4] > 0.1


def test_cube_to_tetragonal():
    found = broken_symmetry(CUBE, CUBE * (1.0, 1.0, 1.15))
    assert (found.degree, found.even) == (2, True)
    assert found.components[2] > 0.1
    assert np.abs(np.delete(found.components, 2)).max() < 1e-9


def test_a_polar_distortion_is_odd():
    moved = CUBE + np.array([0.0, 0.0, 0.1])
    found = broken_symmetry(CUBE, moved)
    assert (found.degree, found.even) == (1, False)


def test_nothing_is_broken_by_growing():
    assert broken_symmetry(CUBE, 1.3 * CUBE).degree == 0
    with pytest.raises(ValueError, match="clusters of 4 and 8 points"):
        broken_symmetry(SQUARE, CUBE)
