"""Quasicrystalline tilings: numbers of vertices, distances, directions."""

import numpy as np

from analysis.neighbourhoods import nearest
from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling, icosahedral_patch


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


def test_icosahedral_patch_has_five_fold_axes():
    golden = (1 + np.sqrt(5)) / 2
    patch = icosahedral_patch(5.0)
    table = nearest(patch, 6)
    distances = np.unique(np.round(table.distances[np.linalg.norm(patch.positions, axis=1) < 3], 4))
    np.testing.assert_allclose(distances[:2], [1.0, 1.0515], atol=1e-3)
    # A distance of one edge is along one of the six axes.
    axes = np.array([np.roll([1.0, sign * golden, 0.0], s) for sign in (-1, 1) for s in range(3)])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    edges = table.vectors[np.abs(table.distances - 1.0) < 1e-6]
    along = np.abs(edges @ axes.T)
    np.testing.assert_allclose(along.max(axis=1), 1.0, atol=1e-6)
    shares = np.bincount(along.argmax(axis=1), minlength=6) / len(along)
    np.testing.assert_allclose(shares, 1 / 6, atol=0.03)
