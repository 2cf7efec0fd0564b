"""Noise, thermal motion, strain and vacancies of crystals."""

import numpy as np
import pytest

from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import (
    deformed,
    harmonic_crystal,
    random_strain,
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


def test_a_deformation_in_any_direction_keeps_its_metric():
    start = crystal("bcc", 3, 1.0)
    deformation = np.eye(3) + np.random.default_rng(2).normal(0.0, 0.1, (3, 3))
    found = deformed(start, deformation)
    np.testing.assert_allclose(
        found.cell @ found.cell.T, start.cell @ deformation.T @ deformation @ start.cell.T
    )
    distances = nearest(found, 8).distances
    turned = start.positions @ deformation.T
    apart = turned[1:] - turned[0]
    assert np.isclose(np.linalg.norm(apart, axis=1)[:, None], distances[0]).any()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_random_strains_are_of_their_size(dimensions):
    rng = np.random.default_rng(3)
    drawn = [random_strain(0.05, rng, dimensions) for _ in range(200)]
    strains = [np.linalg.svd(each)[1] - 1.0 for each in drawn]
    assert 0.045 < np.abs(strains).max() < 0.0515
    assert np.mean(strains) == pytest.approx(0.0, abs=0.005)
    # Longer along one direction and as much shorter across it is among them, near its limit, too.
    assert max(min(each.max(), -each.min()) for each in strains) > 0.04


def test_rows_slide_where_springs_are_soft_across_the_bonds():
    """Root mean squares of what bonds of sc change across and along them."""
    start = crystal("sc", 6, 1.0)
    table = nearest(start, 6)

    def ratio(across, decay):
        rng = np.random.default_rng(4)
        moved = harmonic_crystal(start, 0.03, rng, across, decay).positions - start.positions
        apart = moved[table.indices] - moved[:, None]
        along = np.einsum("nki,nki->nk", apart, table.vectors / table.distances[..., None])
        return np.sqrt((np.sum(apart**2) / np.sum(along**2) - 1.0) / 2.0)

    assert ratio(1.0, 12.0) == pytest.approx(1.0, abs=0.1)
    assert ratio(0.02, 16.0) > 2.0


def test_vacancies():
    found = with_vacancies(crystal("bcc", 10, 1.0), 0.1, np.random.default_rng(0))
    assert found.n_particles == pytest.approx(1800, abs=60)
    assert len(found.types) == found.n_particles
