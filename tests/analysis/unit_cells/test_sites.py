"""Cells from particles that move: known crystals come back, whatever their box and defects."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import prototype
from analysis.prototypes.defects import with_noise
from analysis.unit_cells import unit_cell


def crystal(name: str, repeats: int, noise: float, seed: int = 1) -> Configuration:
    cell = prototype(name).cell()
    counts = (repeats, repeats, repeats if cell.dimensions == 3 else 1)
    return noisy(cell.replicate(counts), noise, seed)


def noisy(whole: Configuration, noise: float, seed: int = 1) -> Configuration:
    """With displacements in units of the mean distance of particles."""
    unit = (whole.volume / whole.n_particles) ** (1.0 / whole.dimensions)
    return with_noise(whole, noise * unit, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "repeats", "sites"),
    [
        ("bcc", 5, 1),
        ("hcp", 5, 2),
        ("A15", 3, 8),
        ("beta-Mn", 3, 20),
        ("sigma", 2, 30),
        ("gamma-brass", 2, 26),  # nearly bcc, with gaps
        ("NaCl", 3, 2),
        ("kagome", 14, 3),
        ("snub-square", 12, 4),
    ],
)
def test_the_cell_of_a_noisy_crystal(name, repeats, sites) -> None:
    whole = crystal(name, repeats, 0.04)
    unit = (whole.volume / whole.n_particles) ** (1.0 / whole.dimensions)
    found = unit_cell(whole)
    assert found is not None
    assert found.n_sites == sites
    assert found.share > 0.99
    assert found.spread == pytest.approx(0.04 * unit, rel=0.08)
    volume = abs(np.linalg.det(found.lattice))
    assert volume * whole.number_density == pytest.approx(sites, rel=0.01)
    assert found.error == pytest.approx(found.spread * np.sqrt(sites / whole.n_particles), rel=0.01)


def test_sites_are_where_they_were() -> None:
    """Means over the box: closer than the particles by the root of their number."""
    whole = crystal("CaF2", 4, 0.05)
    found = unit_cell(whole)
    assert found is not None
    # Ca at the origin, F at ±1/4 of the body diagonal
    metal = found.types == np.argmin(np.bincount(found.types))
    between = found.sites[~metal] - found.sites[metal]
    edge = abs(np.linalg.det(found.lattice) * 4.0) ** (1.0 / 3.0)
    images = np.indices((3, 3, 3)).reshape(3, -1).T - 1
    for vector in between:
        nearest = np.linalg.norm(vector + images @ found.lattice, axis=1).min()
        assert nearest == pytest.approx(np.sqrt(3.0) / 4.0 * edge, abs=5.0 * found.error)


def test_the_box_does_not_matter() -> None:
    """A sheared box holds the same crystal: three cells along one edge, and an offset."""
    straight = crystal("beta-Sn", 5, 0.0)
    cell = straight.cell
    tilted = cell.copy()
    tilted[1] += cell[0]
    box = straight.box.copy()
    box[3] += cell[0, 0] / cell[1, 1]
    moved = straight.positions + 0.3
    fractions = moved @ np.linalg.inv(tilted)
    positions = (fractions - np.floor(fractions + 0.5)) @ tilted
    sheared = Configuration(positions, box, 3, straight.types, straight.type_names)
    found, expected = unit_cell(noisy(sheared, 0.03)), unit_cell(noisy(straight, 0.03))
    assert found is not None
    assert expected is not None
    assert found.n_sites == expected.n_sites == 2
    lengths = [np.sort(np.linalg.norm(one.lattice, axis=1)) for one in (found, expected)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.01)


def test_vacancies_leave_the_cell() -> None:
    whole = crystal("sigma", 3, 0.04)
    kept = np.random.default_rng(2).uniform(size=whole.n_particles) > 0.06
    found = unit_cell(whole.subset(kept))
    assert found is not None
    assert found.n_sites == 30
    assert found.occupancies.mean() == pytest.approx(0.95, abs=0.05)


def test_of_two_grains_the_cell_is_one() -> None:
    """Half of the particles turned: neither half's translations take the others anywhere."""
    whole = crystal("square", 24, 0.03)
    other = np.abs(whole.positions[:, 0]) < whole.box[0] / 4.0
    angle = np.radians(20.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0]])
    large = crystal("square", 48, 0.03, seed=3)
    turned = np.zeros_like(large.positions)
    turned[:, :2] = large.positions @ turn.T
    edge = whole.box[0]
    inside = (np.abs(turned[:, 0]) < edge / 4.0) & (np.abs(turned[:, 1]) < edge / 2.0)
    positions = np.concatenate([whole.positions[~other], turned[inside]])
    both = Configuration(positions, whole.box, 2, np.zeros(len(positions), dtype=np.int32), ("A",))
    found = unit_cell(both)
    if found is not None:
        assert found.n_sites == 1
        assert abs(np.linalg.det(found.lattice)) == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize(("dimensions", "n"), [(2, 400), (3, 250)])
def test_a_disordered_packing_has_none(dimensions, n) -> None:
    random = np.random.default_rng(4)
    edge = n ** (1.0 / dimensions)
    positions = np.zeros((n, 3))
    positions[:, :dimensions] = random.uniform(-edge / 2, edge / 2, (n, dimensions))
    for _ in range(60):  # pushed apart
        apart = positions[:, None, :dimensions] - positions[None, :, :dimensions]
        apart -= edge * np.round(apart / edge)
        r = np.linalg.norm(apart, axis=2) + 10.0 * np.eye(n)
        push = np.where(r < 1.0, 0.25 * (1.0 - r) / r, 0.0)
        positions[:, :dimensions] += (push[:, :, None] * apart).sum(axis=1)
        positions[:, :dimensions] -= edge * np.floor(positions[:, :dimensions] / edge + 0.5)
    box = np.array([edge, edge, edge if dimensions == 3 else 1.0, 0.0, 0.0, 0.0])
    packing = Configuration(positions, box, dimensions, np.zeros(n, dtype=np.int32), ("A",))
    assert unit_cell(packing) is None


def test_open_boundaries_and_few_particles_have_none() -> None:
    from dataclasses import replace

    assert unit_cell(replace(crystal("fcc", 3, 0.02), periodic=False)) is None
    assert unit_cell(prototype("bcc").cell()) is None
