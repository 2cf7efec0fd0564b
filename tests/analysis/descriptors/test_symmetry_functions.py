"""Symmetry functions of three particles, by hand."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.symmetry_functions import SymmetryFunctions


def test_a_right_angle():
    positions = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    cluster = Configuration(positions, [9, 9, 9, 0, 0, 0], 3, np.zeros(3), periodic=False)
    descriptor = SymmetryFunctions(2.0, radial=[(4.0, 0.5)], angular=[(1.0, 2.0, 1.0)])
    radial, angular = descriptor.compute(cluster).features[0]
    fade = 0.5 * (np.cos(np.pi * 0.5) + 1)
    assert radial == pytest.approx(2 * fade)
    third = np.sqrt(2) / 2
    squares = 0.25 + 0.25 + 0.5
    expected = 0.5 * np.exp(-squares) * fade**2 * 0.5 * (np.cos(np.pi * third) + 1)
    assert angular == pytest.approx(expected)


def test_nothing_within_the_cut_off():
    pair = Configuration([[0, 0, 0], [1, 0, 0]], [9, 9, 9, 0, 0, 0], 3, [0, 0], periodic=False)
    assert (SymmetryFunctions(0.9).compute(pair).features == 0).all()
    with pytest.raises(ValueError, match="r_cut is 0"):
        SymmetryFunctions(0)
