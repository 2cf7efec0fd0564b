"""Quasicrystalline tilings: numbers of vertices, distances, directions."""

import numpy as np

from analysis.neighbourhoods import nearest
from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling


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
