"""Fluctuations of series with a known distribution."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.properties.fluctuations import compressibility, heat_capacity, thermal_response


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


def test_an_ideal_gas_expands_as_its_law_says() -> None:
    """∂ln V/∂(kT) = (N + 1)/(N kT) of V ~ V^N exp(-PV/kT), and C_P = C_V + 1, so but 1/N."""
    random, n, kT, pressure, pulls = np.random.default_rng(2), 100, 1.3, 0.4, []
    for _ in range(20):
        volumes = kT / pressure * random.gamma(n + 1.0, 1.0, 2000)
        expansion, capacity = thermal_response(volumes, np.zeros(2000), pressure, kT, n)
        for (value, error), known in ((expansion, 1.0 / kT), (capacity, 1.0 + 1.0 / n)):
            pulls.append((value - known) / error)
    assert 0.6 < np.sqrt(np.mean(np.square(pulls))) < 1.6


def test_energies_that_follow_the_volume_count() -> None:
    """U = aV: cov(V, (a + P)V) = (a + P) var V."""
    volumes = np.random.default_rng(3).normal(50.0, 1.0, 5000)
    (plain, _), _ = thermal_response(volumes, np.zeros(5000), 1.0, 0.5, 40)
    (expansion, _), (capacity, _) = thermal_response(volumes, 2.0 * volumes, 1.0, 0.5, 40)
    assert expansion == pytest.approx(3.0 * plain)
    assert capacity == pytest.approx(9.0 * np.var(volumes) / (40 * 0.25))
