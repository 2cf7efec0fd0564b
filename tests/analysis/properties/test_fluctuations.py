"""Fluctuations of series with a known distribution."""

from __future__ import annotations

import numpy as np

from analysis.properties.fluctuations import compressibility, heat_capacity


def test_harmonic_energies_have_the_heat_capacity_of_dulong_and_petit() -> None:
    """N = 50 particles with 3 N modes of kT/2 on average: C = d/2 + 3/2."""
    random, kT, pulls = np.random.default_rng(0), 0.7, []
    for _ in range(20):
        energies = kT * random.gamma(75.0, 1.0, 2000)
        value, error = heat_capacity(energies / np.sqrt(50), kT, 3)
        pulls.append((value - 3.0) / error)
    assert 0.6 < np.sqrt(np.mean(np.square(pulls))) < 1.6


def test_the_volume_of_an_ideal_gas_has_the_compressibility_of_its_pressure() -> None:
    random, kT, pressure, pulls = np.random.default_rng(1), 1.3, 0.4, []
    for _ in range(20):
        value, error = compressibility(kT / pressure * random.gamma(101.0, 1.0, 2000), kT)
        pulls.append((value - 1.0 / pressure) / error)
    assert 0.6 < np.sqrt(np.mean(np.square(pulls))) < 1.6
