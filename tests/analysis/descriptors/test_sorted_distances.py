"""Sorted neighbour distances of lattices."""

import numpy as np

from analysis.descriptors.sorted_distances import SortedDistances
from analysis.prototypes import crystal


def test_body_centred_cubic():
    expected = np.array([np.sqrt(3) / 2] * 8 + [1.0] * 6)
    found = SortedDistances(14).compute(crystal("bcc", 3, 0.3)).features
    np.testing.assert_allclose(found, np.tile(expected / expected.mean(), (54, 1)), rtol=1e-9)
