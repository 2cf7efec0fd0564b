"""The nearest of many points, against all distances."""

import numpy as np
import pytest

from analysis.cell_list import CellList


def clouds():
    rng = np.random.default_rng(0)
    even = rng.random((400, 3)) * 7.0
    yield "even", even
    yield "plane", rng.random((300, 2)) * 9.0
    yield (
        "far and near",
        np.concatenate([even[:50], even[50:60] + 1e3, rng.normal(0, 1e-3, (40, 3))]),
    )
    yield "slab", even * [0.05, 1.0, 1.0]
    yield "line", np.outer(np.arange(40.0) ** 2, [1.0, 0.0, 0.0])
    yield "lattice", np.stack(np.meshgrid(*[np.arange(6.0)] * 3), -1).reshape(-1, 3)
    yield "one place", np.zeros((30, 3))
    yield "twins", np.repeat(even[:60], 2, axis=0)
    yield "few", even[:4]


@pytest.mark.parametrize(("name", "points"), list(clouds()), ids=[name for name, _ in clouds()])
@pytest.mark.parametrize("k", [1, 12, 25])
def test_against_all_distances(name, points, k):
    n = len(points)
    distances, indices, vectors = CellList(points, k).nearest(np.arange(n), k)
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    expected = np.full((n, k), np.inf)
    expected[:, : min(n, k)] = np.sort(apart, axis=1)[:, :k]
    np.testing.assert_allclose(distances, expected, rtol=1e-12, atol=1e-12)
    there = np.isfinite(distances)
    rows = np.broadcast_to(np.arange(n)[:, None], (n, k))
    assert (indices != rows)[there].all()
    assert (indices == rows)[~there].all()
    for row, found in zip(indices, there, strict=True):
        assert len(set(row[found])) == found.sum()
    steps = np.zeros((n, k, 3))
    steps[..., : points.shape[1]] = points[indices] - points[:, None]
    np.testing.assert_allclose(vectors, steps, atol=1e-12)


def test_some_of_the_points():
    points, rows = np.random.default_rng(1).random((200, 3)), np.array([190, 3, 77])
    cells = CellList(points, 8)
    for every, some in zip(cells.nearest(np.arange(200), 8), cells.nearest(rows, 8), strict=True):
        np.testing.assert_array_equal(every[rows], some)
