"""psi_n of perfect lattices and against freud."""

import numpy as np
import pytest

from analysis.descriptors.bond_orientational_order import psi
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize(
    ("name", "k", "n", "expected"),
    [
        ("hexagonal", 6, 6, 1.0),
        ("hexagonal", 6, 4, 0.0),
        ("square", 4, 4, 1.0),
        ("square", 4, 6, 0.0),
        ("honeycomb", 3, 3, 1.0),
        # Vertex 3^2.4.3.4, bonds at 0, 60, 120, 210 and 270 degrees: by hand.
        ("snub-square", 5, 12, 1.0),
        ("snub-square", 5, 6, 0.2),
        ("snub-square", 5, 4, 0.2),
    ],
)
def test_perfect_lattices(name, k, n, expected):
    values = psi(n, nearest(crystal(name, 4, 0.9), k).neighbour_list())
    np.testing.assert_allclose(np.abs(values), expected, atol=1e-6)


def test_agrees_with_freud():
    freud = pytest.importorskip("freud")
    configuration = with_noise(crystal("hexagonal", 8, 1.0), 0.15, np.random.default_rng(0))
    neighbours = nearest(configuration, 6).neighbour_list()
    hexatic = freud.order.Hexatic(k=6)
    hexatic.compute((configuration.freud_box(), configuration.positions), neighbors=neighbours)
    np.testing.assert_allclose(psi(6, neighbours), hexatic.particle_order, atol=1e-5)
