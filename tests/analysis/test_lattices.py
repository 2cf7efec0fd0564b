"""Perfect crystals and tilings: density, coordination, distances."""

import numpy as np
import pytest

from analysis.lattices import (
    CRYSTALS,
    crystal,
    decagonal_tiling,
    dodecagonal_tiling,
    with_noise,
)
from analysis.neighbourhoods import nearest

COORDINATION = {
    "hexagonal": 6,
    "square": 4,
    "honeycomb": 3,
    "kagome": 4,
    "sigma": 5,
    "sc": 6,
    "bcc": 8,
    "fcc": 12,
    "hcp": 12,
    "diamond": 4,
}
#: Packing fraction of touching discs or spheres.
PACKING = {
    "hexagonal": np.pi / np.sqrt(12),
    "square": np.pi / 4,
    "honeycomb": np.pi / np.sqrt(27),
    "kagome": np.pi * np.sqrt(3) / 8,
    "sigma": np.pi / (2 + np.sqrt(3)),
    "sc": np.pi / 6,
    "bcc": np.pi * np.sqrt(3) / 8,
    "fcc": np.pi / np.sqrt(18),
    "hcp": np.pi / np.sqrt(18),
    "diamond": np.pi * np.sqrt(3) / 16,
}


@pytest.mark.parametrize("name", CRYSTALS)
def test_coordination_and_packing(name):
    configuration = crystal(name, 3, 0.8)
    assert configuration.number_density == pytest.approx(0.8)
    distances = nearest(configuration, 13).distances
    k = COORDINATION[name]
    np.testing.assert_allclose(distances[:, :k], distances[0, 0], rtol=1e-9)
    assert (distances[:, k] > 1.1 * distances[0, 0]).all()
    d = distances[0, 0]
    sphere = np.pi * d**2 / 4 if configuration.dimensions == 2 else np.pi * d**3 / 6
    assert 0.8 * sphere == pytest.approx(PACKING[name])


def test_unknown_crystal_and_density_are_refused():
    with pytest.raises(ValueError, match="'cubic', expected one of"):
        crystal("cubic", 3, 1.0)
    with pytest.raises(ValueError, match="number_density is 0"):
        crystal("fcc", 3, 0.0)


def test_dodecagonal_tiling_is_of_squares_and_triangles():
    # Number of vertices grows by (2 + sqrt 3)^2 = 13.93; distances are edge and diagonals.
    sizes = [dodecagonal_tiling(g, 1.0, 0).n_particles for g in (0, 1, 2)]
    assert sizes == [4, 56, 780]
    distances = nearest(dodecagonal_tiling(2, 0.9, 4), 7).distances
    ratios = np.unique(np.round(distances / distances.min(), 4))
    np.testing.assert_allclose(ratios, [1, np.sqrt(2), np.sqrt(2 + np.sqrt(3))], atol=1e-4)


def test_decagonal_tiling_has_golden_distances():
    golden = (1 + np.sqrt(5)) / 2
    configuration = decagonal_tiling(12.0)
    distances = np.unique(np.round(nearest(configuration, 6).distances, 6))
    np.testing.assert_allclose(distances[:2], [1.0, golden], atol=1e-6)
    angles = np.angle(nearest(configuration, 2).vectors[:, :2] @ np.array([1, 1j, 0]), deg=True)
    inner = np.linalg.norm(configuration.positions, axis=1) < 10
    remainder = angles[inner] / 36 - np.round(angles[inner] / 36)
    np.testing.assert_allclose(remainder, 0, atol=1e-6)


def test_noise_has_its_width_and_stays_in_the_plane():
    start = crystal("square", 60, 1.0)
    moved = with_noise(start, 0.1, np.random.default_rng(1)).positions - start.positions
    np.testing.assert_allclose(moved[:, :2].std(axis=0), 0.1, rtol=0.05)
    assert (moved[:, 2] == 0).all()
