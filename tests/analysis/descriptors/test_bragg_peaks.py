"""Bragg peaks: the extreme-value distribution without order, crystals far above it."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.bragg_peaks import K_MAX, K_MIN, bragg_excess
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def everything(configuration):
    return np.ones(configuration.n_particles, dtype=bool)


def gas(seed, n=400):
    positions = np.random.default_rng(seed).random((n, 3)) * 20.0 - 10.0
    positions[:, 2] = 0.0
    return Configuration(positions, [20, 20, 1, 0, 0, 0], 2, np.zeros(n))


def test_no_order_follows_the_gumbel_distribution():
    """Of 200 ideal gases; mean 0.577, variance pi²/6; the grid's k and -k are counted once."""
    excess = np.array([bragg_excess(gas(seed), np.ones(400, bool), 1.0) for seed in range(200)])
    assert excess.mean() == pytest.approx(0.577, abs=0.3)
    assert excess.std() == pytest.approx(np.pi / np.sqrt(6), abs=0.3)
    assert excess.max() < 7.0


def test_the_peaks_of_a_crystal_grow_with_its_size():
    """With noise as at melting, 0.1 nearest-neighbour distances."""
    rng = np.random.default_rng(1)
    excess = []
    for repeats in (10, 20, 40):
        square = with_noise(crystal("square", repeats, 1.0), 0.1, rng)
        excess.append(bragg_excess(square, everything(square), 1.0))
    assert excess[0] > 7.0
    assert excess[1] > 1.5 * excess[0]
    assert excess[2] > 1.5 * excess[1]


def test_perfect_square_lattice():
    """All power of a ring is in its Bragg peaks, whose number and place are known."""
    square = crystal("square", 24, 1.0)
    square.positions[:, :2] += 0.05  # off the edges of the grid
    h, j = np.arange(-60, 61)[:, None], np.arange(-60, 61)
    k = 2.0 * np.pi / 24.0 * np.hypot(h, j)
    # Rings with the stars of (1, 0), (1, 1), (2, 0) and (2, 1).
    stars = [(4, 6.0), (4, 8.5), (4, 12.5), (8, 14.0)]
    strongest = max(((k > low) & (k < low + 0.5)).sum() / peaks for peaks, low in stars)
    independent = ((k > K_MIN) & (k < K_MAX)).sum() / 2
    expected = strongest - np.log(independent)
    # Of the half plane that is looked at one edge belongs to both halves: 3 of 4 peaks.
    assert expected * 0.6 < bragg_excess(square, everything(square), 1.0) < expected


def test_only_members_count():
    square = with_noise(crystal("square", 24, 1.0), 0.05, np.random.default_rng(2))
    few = np.zeros(square.n_particles, dtype=bool)
    few[:3] = True
    assert bragg_excess(square, few, 1.0) < 3.0


def test_nothing_to_measure():
    square = crystal("square", 4, 1.0)
    assert bragg_excess(square, np.zeros(16, bool), 1.0) == -np.inf
    assert bragg_excess(square, np.ones(16, bool), 0.0) == -np.inf
    assert bragg_excess(square, np.ones(16, bool), 1e-5) == -np.inf


def test_open_boundary():
    square = with_noise(crystal("square", 20, 1.0), 0.08, np.random.default_rng(4))
    assert bragg_excess(replace(square, periodic=False), everything(square), 1.0) > 7.0
    assert bragg_excess(replace(gas(3), periodic=False), np.ones(400, bool), 1.0) < 7.0
