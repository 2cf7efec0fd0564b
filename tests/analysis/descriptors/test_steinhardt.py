"""Steinhardt's order parameters of perfect crystals.

q_4, q_6 of fcc, hcp, bcc (14 neighbours) and sc: Mickel et al., J. Chem. Phys. 138, 044501
(2013), table I. w_4, w_6 of fcc: Steinhardt, Nelson and Ronchetti (1983).
"""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.steinhardt import averaged_harmonics, cubic, harmonics, q, quadratic
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def averaged_q(*arguments):
    return quadratic(averaged_harmonics(*arguments))


@pytest.mark.parametrize(
    ("name", "k", "q4", "q6"),
    [
        ("fcc", 12, 0.191, 0.575),
        ("hcp", 12, 0.097, 0.485),
        ("bcc", 14, 0.036, 0.511),
        ("sc", 6, 0.764, 0.354),
        ("diamond", 4, 0.509, 0.629),
    ],
)
@pytest.mark.parametrize("order", [q, averaged_q])
def test_perfect_crystals(name, k, q4, q6, order):
    configuration = crystal(name, 4, 1.3)
    neighbours = nearest(configuration, k).neighbour_list()
    values = order(configuration, neighbours, (4, 6))
    np.testing.assert_allclose(values, np.tile([q4, q6], (len(values), 1)), atol=6e-4)


def test_cubic_invariants_of_fcc():
    configuration = crystal("fcc", 3, 1.0)
    neighbours = nearest(configuration, 12).neighbour_list()
    values = cubic(harmonics(configuration, neighbours, (4, 6)))
    np.testing.assert_allclose(values[0], [-0.159317, -0.013161], atol=1e-5)


def test_average_separates_where_single_particles_overlap():
    rng = np.random.default_rng(0)
    spread = []
    for order in (q, averaged_q):
        values = []
        for name in ("fcc", "hcp"):
            configuration = with_noise(crystal(name, 4, 1.0), 0.09, rng)
            neighbours = nearest(configuration, 12).neighbour_list()
            values.append(order(configuration, neighbours, (4,))[:, 0])
        a, b = values
        spread.append(abs(a.mean() - b.mean()) / np.hypot(a.std(), b.std()))
    assert spread[1] > 2 * spread[0]


def test_agrees_with_freud():
    freud = pytest.importorskip("freud")
    configuration = with_noise(crystal("bcc", 4, 1.0), 0.1, np.random.default_rng(1))
    neighbours = nearest(configuration, 12).neighbour_list()
    system = (configuration.freud_box(), configuration.positions)
    for order, average in ((q, False), (averaged_q, True)):
        reference = freud.order.Steinhardt(l=[4, 6, 8], average=average)
        reference.compute(system, neighbors=neighbours)
        mine = order(configuration, neighbours, (4, 6, 8))
        np.testing.assert_allclose(mine, reference.particle_order, atol=1e-5)
    reference = freud.order.Steinhardt(l=[4, 6], average=True, wl=True, wl_normalize=True)
    reference.compute(system, neighbors=neighbours)
    mine = cubic(averaged_harmonics(configuration, neighbours, (4, 6)))
    np.testing.assert_allclose(mine, reference.particle_order, atol=1e-4)


def test_average_over_some_only():
    """Neighbours with an incomplete shell of their own spoil the average, unless left out."""
    configuration = crystal("fcc", 4, 1.0)
    away = np.linalg.norm(configuration.positions - configuration.positions[0], axis=1)
    kept = away < 1.3 * nearest(configuration, 1).distances[0, 0]
    cluster = Configuration(
        configuration.positions[kept], [9, 9, 9, 0, 0, 0], 3, np.zeros(13), periodic=False
    )
    neighbours = nearest(cluster, 12).neighbour_list()
    over = np.zeros(13, dtype=bool)
    assert averaged_q(cluster, neighbours, (6,), over)[0, 0] == pytest.approx(0.5745, abs=1e-4)
    assert averaged_q(cluster, neighbours, (6,))[0, 0] < 0.45


def test_harmonics_of_one_crystal_agree():
    configuration = crystal("bcc", 4, 1.0)
    neighbours = nearest(configuration, 8).neighbour_list()
    (values,) = harmonics(configuration, neighbours)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    i, j = neighbours.query_point_indices, neighbours.point_indices
    np.testing.assert_allclose((values[i] * values[j].conj()).sum(axis=1), 1.0, atol=1e-5)


def test_too_small_a_box_is_refused():
    configuration = crystal("fcc", 1, 1.0)
    with pytest.raises(ValueError, match="repeat the cell"):
        q(configuration, nearest(configuration, 12).neighbour_list())
