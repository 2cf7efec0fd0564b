"""Replicas put together and the cells around the points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.phase_diagram.points import (
    MOST_POINTS,
    PITCH,
    Points,
    cells,
    coarse,
    merge_replicas,
)
from analysis.phase_diagram.table import FAILED, UNFINISHED, uniform


def merged(rows: list[tuple[float, str, str | None, float]]) -> Points:
    table = pd.DataFrame(rows, columns=["x", "status", "label", "confidence"])
    return merge_replicas(uniform(table, ["x"]), table[["x"]].to_numpy())


def test_majority_and_strength() -> None:
    points = merged(
        [
            (1.0, "finished", "square", 0.8),
            (1.0, "finished", "square", 0.6),
            (1.0, "finished", "fluid", 1.0),
            (1.0, "failed", None, np.nan),
            (2.0, "unfinished", None, np.nan),
            (2.0, "failed", None, np.nan),
        ]
    )
    assert points.coordinates[:, 0].tolist() == [1.0, 2.0]
    assert points.label.tolist() == ["square", ""]
    # Two of three agree, with a mean confidence of 0.7.
    np.testing.assert_allclose(points.strength, [2 / 3 * 0.7, 0.0])
    assert points.without[FAILED].tolist() == [True, True]
    assert points.without[UNFINISHED].tolist() == [False, True]
    assert points.labelled.tolist() == [True, False]


@pytest.mark.parametrize(("first", "second"), [(0.6, 0.9), (0.9, 0.6)])
def test_among_equals_the_more_confident(first: float, second: float) -> None:
    points = merged([(1.0, "finished", "square", first), (1.0, "finished", "fluid", second)])
    assert points.label[0] == ("square" if first > second else "fluid")


def test_confidence_never_beats_votes() -> None:
    points = merged([(0.0, "finished", "a", 0.01)] * 3 + [(0.0, "finished", "b", 1.0)] * 2)
    assert points.label[0] == "a"


def test_ring_belongs_to_the_majority() -> None:
    table = pd.DataFrame(
        {
            "label": ["square", "square", "fluid"],
            "phases": [
                [{"phase": "square", "fraction": 0.9}],
                [{"phase": "square", "fraction": 0.6}, {"phase": "gas", "fraction": 0.4}],
                [{"phase": "fluid", "fraction": 0.6}, {"phase": "snub-square", "fraction": 0.4}],
            ],
        }
    )
    points = merge_replicas(uniform(table, []), np.zeros((3, 1)))
    assert points.second.tolist() == ["gas"]


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))


def test_cells_of_scattered_points_tile_most_of_the_rectangle() -> None:
    rng = np.random.default_rng(3)
    low, high = np.array([-1.0, 10.0]), np.array([3.0, 10.5])
    points = low + rng.uniform(0.01, 0.99, (200, 2)) * (high - low)
    polygons, _, edges = cells(points, low, high)
    assert 1.8 < sum(map(area, polygons)) <= 2.0 + 1e-9
    assert (edges >= low - 1e-9).all()
    assert (edges <= high + 1e-9).all()


def test_cells_are_those_of_the_nearest_point() -> None:
    from matplotlib.path import Path

    rng = np.random.default_rng(4)
    low, high = np.zeros(2), np.array([1.0, 5.0])
    points = rng.uniform(0.01, 0.99, (40, 2)) * high
    polygons, _, _ = cells(points, low, high)
    probes = rng.uniform(0, 1, (300, 2)) * high
    distance = (((probes[:, None] - points[None]) / high) ** 2).sum(axis=2)
    nearest = distance.argmin(axis=1)
    n_claimed = 0
    for probe, owner in zip(probes, nearest, strict=True):
        holders = {k for k, one in enumerate(polygons) if Path(one).contains_point(probe)}
        assert holders <= {owner}
        n_claimed += bool(holders)
    assert n_claimed > 0.8 * len(probes)


def test_cells_of_a_grid_are_its_rectangles() -> None:
    x, y = np.meshgrid([0.0, 1.0, 2.0], [0.0, 1.0])
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    polygons, pairs, edges = cells(points, np.array([-0.5, -0.5]), np.array([2.5, 1.5]))
    np.testing.assert_allclose([area(polygon) for polygon in polygons], 1.0)
    lengths = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1)
    # Seven inner sides; neighbours over a corner share an edge of no length, or none.
    assert (lengths > 1e-6).sum() == 7
    np.testing.assert_allclose(
        np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)[lengths > 1e-6], 1.0
    )


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_points(n: int) -> None:
    polygons, _, _ = cells(
        np.full((n, 2), 0.5) * np.arange(1, n + 1)[:, None], np.zeros(2), np.full(2, 1.5)
    )
    assert len(polygons) == n
    # two points on a line claim no more than their own squares
    assert sum(map(area, polygons)) == pytest.approx([0.0, 2.25, 0.5][n])


def test_nothing_is_claimed_beside_a_zipped_diagonal() -> None:
    """Axes that step together: the other cells of the plane were not computed."""
    line = (np.arange(5) + 0.5) / 5
    polygons, _, edges = cells(np.stack([line, line], axis=1), np.zeros(2), np.ones(2))
    np.testing.assert_allclose([area(polygon) for polygon in polygons], 1 / 25)
    assert np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).max() < 1e-9


def test_a_hole_in_a_grid_stays_white() -> None:
    x, y = np.meshgrid((np.arange(6) + 0.5) / 6, (np.arange(4) + 0.5) / 4)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    polygons, _, _ = cells(np.delete(points, 9, axis=0), np.zeros(2), np.ones(2))
    assert sum(map(area, polygons)) == pytest.approx(23 / 24)


def test_points_that_nobody_sees_apart_are_put_together() -> None:
    random = np.random.default_rng(0)
    low, high = np.array([0.0, -1.0]), np.array([1.0, 3.0])
    few = low + (high - low) * random.random((100, 2))
    size = np.array([150.0, 120.0])
    assert coarse(few, low, high, size) is few
    many = low + (high - low) * random.random((MOST_POINTS[2] + 1, 2))
    together = coarse(many, low, high, size)
    assert len(np.unique(together, axis=0)) <= 100 * 80
    assert (np.abs(together - many) * size / (high - low) <= 0.5 * PITCH + 1e-9).all()
    # a grid of fewer places is left alone however many replicas there are
    grid = np.tile(few, (MOST_POINTS[2] // 50, 1))
    assert coarse(grid, low, high, size) is grid
    line = np.linspace(0, 1, MOST_POINTS[1] + 1)[:, None]
    assert len(np.unique(coarse(line, low[:1], high[:1], size[:1]))) <= 101
