"""Means of real harmonics, against freud's invariants."""

import numpy as np
import pytest

from analysis.descriptors.real_harmonics import mean_harmonics
from analysis.descriptors.steinhardt import q
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.fixture(scope="module")
def configuration():
    return with_noise(crystal("fcc", 4, 1.0), 0.08, np.random.default_rng(0))


@pytest.mark.parametrize(("k", "degree"), [(12, 6), (4, 4), (14, 3), (6, 10)])
def test_their_length_is_q(configuration, k, degree):
    table = nearest(configuration, 14)
    found = mean_harmonics(table, k, degree)
    assert found.shape == (configuration.n_particles, 2 * degree + 1)
    expected = q(configuration, table.neighbour_list(k), (degree,))[:, 0]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), expected, atol=1e-5)


def test_the_product_of_two_single_bonds_is_a_legendre_polynomial():
    from scipy.special import eval_legendre

    table = nearest(with_noise(crystal("sc", 4, 1.0), 0.1, np.random.default_rng(0)), 2)
    first = mean_harmonics(table, 1, 6)
    second = 2.0 * mean_harmonics(table, 2, 6) - first
    unit = table.vectors / table.distances[..., None]
    cosine = (unit[:, 0] * unit[:, 1]).sum(axis=1)
    np.testing.assert_allclose((first * second).sum(axis=1), eval_legendre(6, cosine), atol=1e-5)
