"""Angles between bonds of lattices."""

import numpy as np
import pytest

from analysis.descriptors.bond_angles import BondAngles
from analysis.prototypes import crystal


@pytest.mark.parametrize(
    ("name", "k", "expected"),
    [
        ("sc", 6, {-1.0: 3 / 15, 0.0: 12 / 15}),
        ("diamond", 4, {-1 / 3: 1.0}),
        ("fcc", 12, {-1.0: 6 / 66, -0.5: 24 / 66, 0.0: 12 / 66, 0.5: 24 / 66}),
    ],
)
def test_lattices(name, k, expected):
    bins = 13  # centres every sixth
    found = BondAngles(k, bins).compute(crystal(name, 3, 1.0)).features
    centres = np.linspace(-1, 1, bins)
    table = np.zeros(bins)
    for cosine, share in expected.items():
        table[np.abs(centres - cosine).argmin()] = share
    np.testing.assert_allclose(found, np.tile(table, (len(found), 1)), atol=1e-6)
