"""Steinhardt's order parameters of perfect crystals.

q_4, q_6 of fcc, hcp, bcc (14 neighbours) and sc: Mickel et al., J. Chem. Phys. 138, 044501
(2013), table I. w_4, w_6 of fcc: Steinhardt, Nelson and Ronchetti (1983).
"""

import numpy as np
import pytest

from analysis.descriptors.steinhardt import harmonics, q, w
from analysis.lattices import crystal, with_noise
from analysis.neighbourhoods import nearest


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
@pytest.mark.parametrize("average", [False, True])
def test_perfect_crystals(name, k, q4, q6, average):
    configuration = crystal(name, 4, 1.3)
    neighbours = nearest(configuration, k).neighbour_list()
    values = q(configuration, neighbours, (4, 6), average=average)
    np.testing.assert_allclose(values, np.tile([q4, q6], (len(values), 1)), atol=6e-4)


def test_cubic_invariants_of_fcc():
    configuration = crystal("fcc", 3, 1.0)
    values = w(configuration, nearest(configuration, 12).neighbour_list())
    np.testing.assert_allclose(values[0], [-0.159317, -0.013161], atol=1e-5)


def test_average_separates_where_single_particles_overlap():
    rng = np.random.default_rng(0)
    spread = {}
    for average in (False, True):
        values = []
        for name in ("fcc", "hcp"):
            configuration = with_noise(crystal(name, 4, 1.0), 0.09, rng)
            neighbours = nearest(configuration, 12).neighbour_list()
            values.append(q(configuration, neighbours, (4,), average=average)[:, 0])
        a, b = values
        spread[average] = abs(a.mean() - b.mean()) / np.hypot(a.std(), b.std())
    assert spread[True] > 2 * spread[False]


def test_harmonics_of_one_crystal_agree():
    configuration = crystal("bcc", 4, 1.0)
    neighbours = nearest(configuration, 8).neighbour_list()
    values = harmonics(configuration, neighbours)
    i, j = neighbours.query_point_indices, neighbours.point_indices
    np.testing.assert_allclose((values[i] * values[j].conj()).sum(axis=1), 1.0, atol=1e-5)


def test_too_small_a_box_is_refused():
    configuration = crystal("fcc", 1, 1.0)
    with pytest.raises(ValueError, match="repeat the cell"):
        q(configuration, nearest(configuration, 12).neighbour_list())
