"""Order of types in crystals where it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.properties.mixing import mixing
from analysis.prototypes import crystal


def test_caesium_chloride_and_copper_gold() -> None:
    """-1 of unlike neighbours only; -1/3 of Cu3Au (J. M. Cowley, Phys. Rev. 77, 669 (1950)); of
    infinitely many."""
    sites = crystal("bcc", 5, 1.0)
    # corners and centres alternate
    order = np.arange(sites.n_particles) % 2
    assert mixing([replace(sites, types=order, type_names=("A", "B"))], 8)[0] == pytest.approx(
        2.0 / sites.n_particles - 1.0
    )
    sites = crystal("fcc", 4, 1.0)
    order = (np.arange(sites.n_particles) % 4 == 0).astype(int)
    value, error = mixing([replace(sites, types=order, type_names=("A", "B"))] * 5)
    assert value == pytest.approx(4.0 / 3.0 * (1.0 / sites.n_particles - 1.0) + 1.0)
    assert error == pytest.approx(0.0, abs=1e-12)


def test_types_at_random_have_none_and_halves_have_much() -> None:
    random, sites = np.random.default_rng(0), crystal("fcc", 5, 1.0)
    frames = [
        replace(sites, types=random.integers(0, 3, sites.n_particles), type_names=("A", "B", "C"))
        for _ in range(40)
    ]
    value, error = mixing(frames, 12)
    assert 0.0 < error < 0.01
    assert abs(value) < 4.0 * error + 0.01
    halves = (sites.positions[:, 0] > 0.0).astype(int)
    assert mixing([replace(sites, types=halves, type_names=("A", "B"))], 12)[0] > 0.5


def test_few_particles_at_random_have_none_either() -> None:
    """The neighbours of one of N are the others: it would be -1/(N - 1) = -0.03 by all."""
    random, sites = np.random.default_rng(1), crystal("fcc", 2, 1.0)
    types = np.repeat([0, 1, 2], [16, 12, 4])
    frames = [
        replace(sites, types=random.permutation(types), type_names=("A", "B", "C"))
        for _ in range(800)
    ]
    value, error = mixing(frames, 12)
    assert 0.0 < error < 0.008
    assert abs(value) < 4.0 * error
