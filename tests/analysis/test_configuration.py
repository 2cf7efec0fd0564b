"""Boxes, images and copies of a configuration."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration, lattice_vectors, wrap

BOX = np.array([4.0, 5.0, 6.0, 0.3, -0.2, 0.4])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_wrapping_moves_particles_by_whole_lattice_vectors(dimensions: int) -> None:
    random = np.random.default_rng(1)
    positions = random.normal(scale=20.0, size=(200, 3))
    positions[:, dimensions:] = 0.0
    images = random.integers(-2, 3, (200, 3))
    images[:, dimensions:] = 0
    cell = lattice_vectors(BOX, dimensions)
    inside, flags = wrap(positions, images, BOX, dimensions)
    fractional = inside @ np.linalg.inv(cell)
    assert fractional[:, :dimensions].min() >= -0.5
    assert fractional[:, :dimensions].max() < 0.5
    np.testing.assert_allclose(inside + (flags - images) @ cell, positions, atol=1e-12)
    assert not flags[:, dimensions:].any()
    again, same = wrap(inside, flags, BOX, dimensions)
    assert np.array_equal(again, inside)
    assert np.array_equal(same, flags)


def test_the_height_of_a_flat_box_means_nothing() -> None:
    flat = Configuration(np.zeros((1, 3)), BOX, 2, np.zeros(1))
    assert flat.cell[2].tolist() == [0.0, 0.0, 1.0]
    assert flat.volume == 20.0
    np.testing.assert_allclose(flat.widths, [4.0 / np.hypot(1.0, 0.3), 5.0])


def test_the_volume_is_that_of_the_lattice_vectors() -> None:
    solid = Configuration(np.zeros((1, 3)), BOX, 3, np.zeros(1))
    assert np.linalg.det(solid.cell) == pytest.approx(solid.volume)
    # Two faces are as far apart as the box is high above one of them.
    a, b, c = solid.cell
    heights = [solid.volume / np.linalg.norm(np.cross(*pair)) for pair in ((b, c), (a, c), (a, b))]
    np.testing.assert_allclose(solid.widths, heights)


def test_copies_fill_the_larger_box() -> None:
    one = Configuration(np.array([[0.5, -0.5, 1.0]]), BOX, 3, np.zeros(1))
    eight = one.replicate((2, 2, 2))
    assert eight.number_density == pytest.approx(one.number_density)
    fractional = (eight.positions - one.positions) @ np.linalg.inv(one.cell)
    assert {tuple(row) for row in np.rint(2 * fractional).astype(int).tolist()} == {
        (x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)
    }


def test_heights_mean_nothing_in_two_dimensions() -> None:
    frame = Configuration(np.array([[0.5, -0.5, 0.0]]), BOX, 2, np.zeros(1)).to_frame()
    frame.particles.position[0, 2] = 3.0
    assert Configuration.from_frame(frame).positions.tolist() == [[0.5, -0.5, 0.0]]
