"""Local two-body entropy: exact for crystals, none without structure, free of scale."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.pair_entropy import (
    NEIGHBOURS,
    R_MAX,
    SMOOTHING,
    local_pair_entropy,
)
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def entropy(configuration):
    return local_pair_entropy(nearest(configuration, NEIGHBOURS), 12)


# Shells within two nearest-neighbour distances. One at exactly that distance is half within.
@pytest.mark.parametrize(
    ("name", "repeats", "shells"),
    [
        ("hexagonal", (10, 6), [(6, 1.0, 1.0), (6, 3**0.5, 1.0), (6, 2.0, 0.5)]),
        ("square", 10, [(4, 1.0, 1.0), (4, 2**0.5, 1.0), (4, 2.0, 0.5)]),
        ("honeycomb", (6, 4), [(3, 1.0, 1.0), (6, 3**0.5, 1.0), (3, 2.0, 0.5)]),
    ],
)
def test_perfect_crystal(name, repeats, shells):
    """g is a sum of Gaussians that do not overlap; the integral of each is elementary."""
    number = sum(n * within for n, _, within in shells)
    expected = -0.5 * sum(
        n
        * within
        * (np.log(n * R_MAX**2 / (np.sqrt(2 * np.pi) * SMOOTHING * 2 * r * number)) - 0.5)
        for n, r, within in shells
    )
    measured = entropy(crystal(name, repeats, 1.0))
    # Bins as wide as the Gaussians make these up to an eighth wider.
    np.testing.assert_allclose(measured, expected, rtol=0.07)


def test_no_structure():
    """Points anywhere: what is left is the noise of few distances."""
    positions = np.random.default_rng(1).random((2000, 3)) * 40.0 - 20.0
    positions[:, 2] = 0.0
    gas = Configuration(positions, [40, 40, 1, 0, 0, 0], 2, np.zeros(2000))
    # The three nearest define the unit of length, which is structure of a kind.
    assert -0.8 < np.median(entropy(gas)) <= 0.0


def test_noise_brings_it_towards_zero():
    perfect = crystal("hexagonal", (14, 8), 1.0)
    d = nearest(perfect, 1).distances.min()
    medians = [
        np.median(entropy(with_noise(perfect, noise * d, np.random.default_rng(2))))
        for noise in (0.0, 0.03, 0.06, 0.1, 0.2)
    ]
    assert (np.diff(medians) > 0.3).all()


def test_scale_and_orientation_do_not_matter():
    first = with_noise(crystal("square", 8, 1.0), 0.05, np.random.default_rng(3))
    turned = first.positions[:, [1, 0, 2]] * np.array([-3.0, 3.0, 1.0])
    box = first.box * np.array([3, 3, 1, 1, 1, 1])
    second = replace(first, positions=turned, box=box)
    np.testing.assert_allclose(entropy(first), entropy(second), atol=0.02)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
@pytest.mark.filterwarnings("error")
def test_few_particles(n):
    positions = np.zeros((n, 3))
    positions[:, 0] = np.arange(n) * 0.7
    cluster = Configuration(positions, [9, 9, 1, 0, 0, 0], 2, np.zeros(n), periodic=False)
    assert np.isfinite(entropy(cluster)).all()
    assert entropy(cluster).shape == (n,)
