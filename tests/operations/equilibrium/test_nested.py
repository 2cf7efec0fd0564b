"""Nested volumes against what is known of a harmonic well."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium.nested import canonical, log_weights


def test_volumes_add_up_to_one() -> None:
    alive = np.append(np.full(5000, 100.0), np.arange(100, 0, -1))
    assert np.exp(log_weights(alive)).sum() == pytest.approx(1.0, abs=0.01)


def test_volumes_that_are_drawn_scatter_as_they_should() -> None:
    alive = np.full(2000, 100.0)
    below = [
        1.0 - np.exp(log_weights(alive[:100], np.random.default_rng(seed))).sum()
        for seed in range(300)
    ]
    # the logarithm of the volume that is left: -1, with a variance of n/K²
    assert np.mean(np.log(below)) == pytest.approx(-1.0, abs=0.03)
    assert np.std(np.log(below)) == pytest.approx(0.1, rel=0.15)


def test_a_harmonic_well_has_half_of_kt_for_each_coordinate() -> None:
    """Energies r² of points in a ball of six dimensions, whose volume below E is E³."""
    random, k = np.random.default_rng(1), 1000
    alive_now, gone = random.random(k) ** (1.0 / 3.0), []
    for _ in range(20 * k):
        top = int(alive_now.argmax())
        gone.append(alive_now[top])
        alive_now[top] *= random.random() ** (1.0 / 3.0)
    heights = np.append(gone, np.sort(alive_now)[::-1])
    weights = log_weights(np.append(np.full(len(gone), k), np.arange(k, 0, -1)))
    for kT in (0.01, 0.03):
        share = canonical(weights, heights, kT)
        mean = share @ heights
        assert mean / kT == pytest.approx(3.0, rel=0.03)
        assert share @ (heights - mean) ** 2 / kT**2 == pytest.approx(3.0, rel=0.06)
