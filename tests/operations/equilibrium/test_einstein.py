"""Displaced crystals: their pairs, the stiffest springs, translations, and the reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from operations.equilibrium.einstein import (
    OVERLAP,
    Displaced,
    displacements,
    free_energy,
    hard_core,
    softness,
    stiffest,
    translations,
)
from operations.interactions.start import lattice
from operations.jobs.errors import EngineError


def crystal(name="fcc", n=108, density=1.0):
    return lattice(name, {"A": n}, 2 if name in ("square", "hexagonal") else 3, density, _random())


def _random(seed=0):
    return np.random.default_rng(seed)


def soft(r):
    return np.where(r < 2.5, (2.5 - r) ** 2, 0.0)


@pytest.mark.parametrize(("name", "n"), [("fcc", 108), ("fcc", 4), ("bcc", 54), ("hexagonal", 30)])
def test_energies_are_sums_over_all_images(name, n) -> None:
    particles = crystal(name, n, 1.1)
    moved = 0.05 * displacements(n, particles.dimensions, _random(3))
    displaced = Displaced.of(particles, soft, 2.5)
    positions, total = particles.positions + moved, 0.0
    most = [3, 3, 3 if particles.dimensions == 3 else 0]
    for shift in np.ndindex(*(2 * k + 1 for k in most)):
        away = positions[:, None] - positions + (np.array(shift) - most) @ particles.cell
        r = np.linalg.norm(away, axis=-1)
        total += 0.5 * soft(r[r > 1e-9]).sum()
    assert displaced(moved) == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("n", [108, 500])
def test_a_tenth_of_the_hard_spheres_on_the_stiffest_springs_do_not_overlap(n) -> None:
    displaced = Displaced.of(crystal(n=n, density=1.0409), hard_core(1.0), 1.0)
    k = stiffest(displaced, 3, 1.0, _random())
    trials = [displaced(displacements(n, 3, _random(9 + i)) / np.sqrt(k)) for i in range(400)]
    assert 0.3 * OVERLAP < np.mean(np.isfinite(trials)) < 4.0 * OVERLAP
    assert k / 30 < softness(k, n, 3) < k / 3


def test_spheres_that_overlap_at_rest_are_refused() -> None:
    displaced = Displaced.of(crystal(n=32, density=1.5), hard_core(1.0), 1.0)
    with pytest.raises(EngineError, match="number_density: particles overlap"):
        stiffest(displaced, 3, 1.0, _random())


def test_displacements_are_those_of_an_einstein_crystal() -> None:
    moved = np.array([displacements(20, 2, _random(i)) for i in range(500)])
    assert np.abs(moved.mean(axis=1)).max() < 1e-12
    assert np.all(moved[..., 2] == 0.0)
    assert 0.5 * (moved**2).sum(axis=(1, 2)).mean() == pytest.approx(19.0, abs=0.6)


@pytest.mark.parametrize(("name", "n"), [("fcc", 32), ("bcc", 54), ("square", 36)])
def test_every_site_of_a_lattice_is_a_translation_away(name, n) -> None:
    assert translations(crystal(name, n)) == n


def test_sites_that_are_not_alike_are_none() -> None:
    honeycomb = crystal("hexagonal", 36)
    keep = np.arange(36) != 5
    honeycomb.positions, honeycomb.types = honeycomb.positions[keep], honeycomb.types[keep]
    assert translations(honeycomb) == 1


def test_the_free_energy_of_two_particles_is_their_integral() -> None:
    # one dimension of freedom each way: V/t for the centre of mass, a Gaussian for the distance
    particles = crystal("square", 4, 0.5)
    k, kT, n = 7.0, 0.5, 4
    x = np.linspace(-12.0, 12.0, 200_001)
    one = trapezoid(np.exp(-0.5 * k * x**2 / kT), x)
    # ∫ over all displacements = N^(1/2) each way times that over n - 1 modes
    expected = -np.log(particles.volume / 4 * n * one ** (2 * (n - 1)))
    assert free_energy(particles, k, kT) == pytest.approx(expected, rel=1e-9)
