"""Areas and triangles of polygons that are not convex."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.polygons import area, centroid, is_convex, triangles
from analysis.shapes import shape_of
from workspace_schema.building_blocks.polygon import HardPolygon

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


STEPS = [(0, 0), (5, 0), (5, 4), (4, 4), (4, 2), (3, 2), (3, 4), (2, 4), (2, 5), (0, 5)]
TEETH = [(2 * k + x, y) for k in range(5) for x, y in ((0, 1), (0, 2), (1, 2), (1, 1))]


@pytest.mark.parametrize("corners", [STEPS, [(10, 0), *TEETH[::-1], (-1, 0)]])
def test_triangles_fill_a_polygon_whose_corners_are_on_few_lines(corners) -> None:
    """Three that are left over on one line seem to turn."""
    for angle in np.radians(np.arange(0.0, 200.0, 0.5)):
        c, s = np.cos(angle), np.sin(angle)
        turned = (corners @ np.array([[c, s], [-s, c]])).tolist()
        body = shape_of(HardPolygon(form="hard_polygon", vertices=turned), 2).points
        areas = [area(body[list(three)]) for three in triangles(body)]
        assert len(areas) == len(corners) - 2
        assert min(areas) > 1e-3
        assert sum(areas) == pytest.approx(1.0)


def test_a_polygon_whose_edges_cross_has_no_triangles() -> None:
    with pytest.raises(ValueError, match="4 corners: cannot be cut into triangles"):
        triangles(np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
