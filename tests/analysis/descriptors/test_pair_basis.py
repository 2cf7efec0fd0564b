"""Pairs of neighbours in a basis."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial.legendre import legval

from analysis.descriptors.pair_basis import FUNCTIONS, L_MAX, R_CUT, RADII, UNIT, clouds
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def cluster(name, seed=0):
    made = with_noise(crystal(name, 4, 1.0), 0.05, np.random.default_rng(seed))
    return replace(made, periodic=False)


@pytest.mark.parametrize(("name", "dims"), [("bcc", 3), ("square", 2)])
def test_sums_over_pairs(name, dims):
    configuration = cluster(name)
    away = configuration.positions - configuration.positions[0]
    r = np.linalg.norm(away, axis=1)
    order = np.argsort(r)[1:]
    unit = r[order[: UNIT[dims]]].mean()
    order = order[r[order] < R_CUT[dims] * unit]
    scaled, bonds = r[order] / unit, away[order] / r[order, None]
    radii = np.linspace(*RADII[dims], FUNCTIONS)
    fade = 0.5 * (1 + np.cos(np.pi * scaled / R_CUT[dims]))
    sharp = 0.5 / (radii[1] - radii[0]) ** 2
    radial = fade * np.exp(-sharp * (scaled - radii[:, None]) ** 2)
    cosines = bonds @ bonds.T
    expected = [
        legval(cosines, np.eye(L_MAX[dims] + 1)[degree]).dot(radial[m]).dot(radial[n])
        for n in range(FUNCTIONS)
        for m in range(n, FUNCTIONS)
        for degree in range(L_MAX[dims] + 1)
    ]
    found = clouds(configuration).features[0, : len(expected)]
    # roots: compared as squares, so that zeros are zeros
    np.testing.assert_allclose(found * np.abs(found), expected, atol=2e-3)


def test_orientation_scale_and_order_do_not_matter():
    configuration = cluster("fcc")
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    order = rng.permutation(configuration.n_particles)
    moved = replace(configuration, positions=1.7 * configuration.positions[order] @ turn)
    before, after = clouds(configuration), clouds(moved)
    np.testing.assert_allclose(after.features, before.features[order], atol=2e-3)
    vectors = before.vectors[order].reshape(-1, FUNCTIONS, 3) @ turn
    np.testing.assert_allclose(after.vectors.reshape(-1, FUNCTIONS, 3), vectors, atol=1e-4)
    np.testing.assert_allclose(after.lengths, 1.7 * before.lengths[order], rtol=1e-5)


def test_perfect_sites_have_no_direction():
    vectors = clouds(crystal("fcc", 3, 1.0)).vectors
    assert np.abs(vectors).max() < 1e-4
