"""Noise, thermal motion, strain and vacancies of crystals."""

import numpy as np
import pytest

from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import (
    harmonic_crystal,
    strained,
    with_noise,
    with_vacancies,
)


def test_noise_has_its_width_and_stays_in_the_plane():
    start = crystal("square", 60, 1.0)
    moved = with_noise(start, 0.1, np.random.default_rng(1)).positions - start.positions
    np.testing.assert_allclose(moved[:, :2].std(axis=0), 0.1, rtol=0.05)
    assert (moved[:, 2] == 0).all()


def test_thermal_motion_has_its_width_and_neighbours_move_together():
    start = crystal("fcc", 5, 1.0)
    moved = harmonic_crystal(start, 0.1, np.random.default_rng(1)).positions - start.positions
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(0.1)
    table = nearest(start, 12)
    together = np.einsum("ni,nki->nk", moved, moved[table.indices]).mean()
    assert together / np.einsum("ni,ni->n", moved, moved).mean() > 0.2


def test_strain_is_that_of_the_box_and_of_the_particles():
    start = crystal("sc", 4, 1.0)
    strain = np.array([[0.1, 0.2, 0.0], [0.0, -0.05, 0.3], [0.0, 0.0, 0.0]])
    found = strained(start, strain)
    assert found.volume == pytest.approx(start.volume * 1.1 * 0.95)
    fractional = found.positions @ np.linalg.inv(found.cell)
    np.testing.assert_allclose(fractional, start.positions @ np.linalg.inv(start.cell), atol=1e-12)
    np.testing.assert_allclose(found.cell, start.cell @ (np.eye(3) + strain).T, atol=1e-12)


def test_vacancies():
    found = with_vacancies(crystal("bcc", 10, 1.0), 0.1, np.random.default_rng(0))
    assert found.n_particles == pytest.approx(1800, abs=60)
    assert len(found.types) == found.n_particles
