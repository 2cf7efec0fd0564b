"""Areas and triangles of polygons that are not convex."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.polygons import area, centroid, is_convex, triangles

L = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 3], [0, 3]], dtype=float)


def spiral(turns=2.5, n=40):
    """A band that winds around the origin."""
    angle = np.linspace(1.0, 2 * np.pi * turns, n)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1) * angle[:, None]
    return np.concatenate([1.2 * around, around[::-1]])


def star(n, seed):
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, n))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * random.uniform(0.2, 1, n)[:, None]


def test_an_l_has_its_area_and_centroid() -> None:
    assert area(L) == pytest.approx(4.0)
    assert area(L[::-1]) == pytest.approx(-4.0)
    assert centroid(L) == pytest.approx([3.0 / 4.0, 5.0 / 4.0])
    assert not is_convex(L)
    assert is_convex(L[[0, 1, 5]])


@pytest.mark.parametrize("polygon", [L, spiral(), *(star(24, seed) for seed in range(10))])
def test_triangles_fill_a_polygon_once(polygon) -> None:
    found = triangles(polygon)
    areas = [area(polygon[list(three)]) for three in found]
    assert len(found) == len(polygon) - 2
    assert min(areas) >= 0.0
    assert sum(areas) == pytest.approx(area(polygon))
