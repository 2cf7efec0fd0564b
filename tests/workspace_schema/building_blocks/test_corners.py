"""Corners of polygons and polyhedra: what has no inside is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.spatial.transform import Rotation

from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.polyhedron import HardPolyhedron

TETRAHEDRON = [[0, 0, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]]


def polyhedron(vertices) -> HardPolyhedron:
    return HardPolyhedron(form="hard_polyhedron", vertices=vertices)


def polygon(vertices) -> HardPolygon:
    return HardPolygon(form="hard_polygon", vertices=vertices)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([0.5, 0.5, 0.5], r"\[0.5, 0.5, 0.5\] is no corner"),
        ([1, 1, 1], "is no corner"),  # in a face
        ([1.5, 0, 0], "is no corner"),  # in an edge
        ([0, 3, 0], r"\[0.0, 3.0, 0.0\] stands there twice"),
        ([0, 3, 1e-9], "stands there twice"),
    ],
)
def test_points_that_are_no_corners(more, message) -> None:
    with pytest.raises(ValidationError, match=message):
        polyhedron([*TETRAHEDRON, more])


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("seed", range(20))
def test_flat_polyhedra_however_they_lie(seed: int, scale: float) -> None:
    turn = Rotation.random(random_state=seed)
    flat = np.random.default_rng(seed).normal(size=(6, 3)) * [1, 1, 0]
    with pytest.raises(ValidationError, match="enclose a volume"):
        polyhedron((scale * (turn.apply(flat) + 3.0)).tolist())


@pytest.mark.parametrize(
    "vertices", [[[0, 0, k] for k in range(5)], [[1, 2, 3]] * 4, [[1e308, 0, 0]] * 2 + TETRAHEDRON]
)
def test_lines_and_points_enclose_nothing(vertices) -> None:
    with pytest.raises(ValidationError, match=r"enclose a volume|stands there twice|a size"):
        polyhedron(vertices)


@pytest.mark.parametrize("seed", range(20))
def test_corners_of_polyhedra_however_they_lie(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(30, 3))
    on_ellipsoid = points / np.linalg.norm(points, axis=1)[:, None] * [1.0, 0.01, 5.0]
    turn = Rotation.random(random_state=seed)
    polyhedron((turn.apply(on_ellipsoid) + random.normal(size=3)).tolist())


@pytest.mark.parametrize("seed", range(20))
def test_a_line_has_no_corners_whatever_its_rounding(seed: int) -> None:
    random = np.random.default_rng(seed)
    along = np.sort(random.normal(size=3))
    line = random.normal(size=2) + along[:, None] * random.normal(size=2)
    with pytest.raises(ValidationError, match="corners of a polygon"):
        polygon(line.tolist())
    away = line + np.array([[0, 0], [0, 0], [1e-3, 2e-3]])
    polygon(away.tolist())


def test_thin_polygons_are_polygons() -> None:
    polygon([[0, 0], [1e6, 0], [1e6, 1], [0, 1]])
    polygon([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 200, endpoint=False)])
