"""Bond-orientational order: directions of a cube, an icosahedron, a gas."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.bond_order_diagram import bond_order_diagram, bond_symmetry
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def test_simple_cubic_has_six_directions():
    configuration = with_noise(crystal("sc", 4, 1.0), 0.01, np.random.default_rng(0))
    neighbours = nearest(configuration, 6).neighbour_list()
    diagram = bond_order_diagram(configuration, neighbours, (36, 18))
    polar = (np.arange(18) + 0.5) * np.pi / 18
    assert (diagram * np.sin(polar)).sum() / np.sin(polar).sum() / 36 == pytest.approx(1.0)
    # Along x and y directions lie on the corner of four bins; along z all azimuths meet.
    assert (diagram[:, 2:-2] > 0).sum() == 4 * 4
    assert (diagram[:, [0, -1]] > 0).any(axis=0).all()
    symmetry = bond_symmetry(neighbours)
    assert symmetry[4] == pytest.approx(0.7638, abs=5e-3)
    assert symmetry[6] == pytest.approx(0.3536, abs=5e-3)


def test_icosahedron_has_no_fourth_or_eighth_degree():
    golden = (1 + np.sqrt(5)) / 2
    corners = [np.roll([0, a, b * golden], s) for a in (-1, 1) for b in (-1, 1) for s in range(3)]
    positions = np.concatenate([np.zeros((1, 3)), corners])
    cluster = Configuration(positions, [20, 20, 20, 0, 0, 0], 3, np.zeros(13), periodic=False)
    table = nearest(cluster, 12)
    first = np.zeros(table.distances.shape, dtype=bool)
    first[0] = True
    symmetry = bond_symmetry(table.neighbour_list(first))
    assert symmetry[6] == pytest.approx(0.6633, abs=1e-3)
    assert symmetry[10] == pytest.approx(0.3629, abs=1e-3)
    assert max(symmetry[4], symmetry[8]) < 1e-6


def test_random_points_have_none():
    rng = np.random.default_rng(0)
    gas = Configuration(rng.uniform(-6, 6, (2000, 3)), [12, 12, 12, 0, 0, 0], 3, np.zeros(2000))
    assert max(bond_symmetry(nearest(gas, 12).neighbour_list()).values()) < 0.02
