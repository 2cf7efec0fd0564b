"""Points of a grid near to particles, against all distances."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling.void_grid import LARGEST_GRID, Grid

BOXES = {
    "cube": ([5, 5, 5, 0, 0, 0], 3),
    "triclinic": ([6, 5, 4, 0.4, -0.3, 0.6], 3),
    "flat": ([6, 5, 1, 0.4, 0, 0], 2),
    "narrow": ([0.9, 5, 7, 0.1, 0.2, 0], 3),
}


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", BOXES)
def test_against_all_distances(name, periodic):
    box, dims = BOXES[name]
    rng = np.random.default_rng(0)
    cell = Configuration(np.zeros((0, 3)), box, dims, []).cell
    positions = (rng.random((12, 3)) - 0.5) @ cell
    positions[:, dims:] = 0.0
    configuration = Configuration(positions, box, dims, np.zeros(12), periodic=periodic)
    grid = Grid.over(configuration, 0.5, 1.0)
    points = grid.points(np.arange(grid.counts.prod()))
    assert (points[:, dims:] == 0).all()
    span = np.arange(-3, 4) if periodic else np.zeros(1)
    shifts = np.stack(np.meshgrid(span, span, span if dims == 3 else np.zeros(1)), -1)
    images = (positions[:, None] + shifts.reshape(-1, 3) @ cell).reshape(-1, 3)
    apart = np.linalg.norm(points[:, None] - images, axis=2).min(axis=1)
    for radius in (0.3, 1.1):
        np.testing.assert_array_equal(grid.near(positions, radius), apart <= radius)


def test_a_large_box_has_a_coarser_grid():
    large = Configuration(np.zeros((1, 3)), [1000, 1000, 1000, 0, 0, 0], 3, [0])
    grid = Grid.over(large, 0.5, 1.0)
    assert 0.5 * LARGEST_GRID < grid.counts.prod() < 1.1 * LARGEST_GRID
    assert grid.spacing == pytest.approx(1000 / LARGEST_GRID ** (1 / 3))
    # The same box from another origin: positions outside of it are wrapped.
    moved = replace(large, positions=large.positions + 3000.0)
    np.testing.assert_array_equal(
        grid.near(large.positions, 30.0), grid.near(moved.positions, 30.0)
    )
