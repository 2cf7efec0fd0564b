"""Shapes of particles and their orientations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.render.shapes import Shape, rotate

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)


def test_faces_of_a_cube() -> None:
    cube = Shape.polyhedron(np.concatenate([CUBE, [[0.2, 0.1, 0.0]]]))  # a point inside
    assert sorted(len(face) for face in cube.faces) == [4] * 6
    assert cube.radius == pytest.approx(np.sqrt(3.0))
    directions = {tuple(np.round(normal).astype(int)) for normal in cube.normals()}
    assert directions == {tuple(sign * row) for row in np.eye(3, dtype=int) for sign in (1, -1)}
    assert cube.vertices is not None
    for face, normal in zip(cube.faces, cube.normals(), strict=True):
        corners = cube.vertices[list(face)]
        assert corners @ normal == pytest.approx(1.0)  # outside
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
        assert sides == pytest.approx(2.0)  # in order around the face, not across it


def test_euler_of_a_random_hull() -> None:
    points = np.random.default_rng(0).normal(size=(40, 3))
    hull = Shape.polyhedron(points)
    edges = sum(len(face) for face in hull.faces) / 2
    vertices = len({corner for face in hull.faces for corner in face})
    assert vertices - edges + len(hull.faces) == 2


def test_polygons_are_anticlockwise() -> None:
    clockwise = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    for corners in (clockwise, clockwise[::-1]):
        assert Shape.polygon(corners).normals() == pytest.approx(np.array([[0, 0, 1]]))


@pytest.mark.parametrize(
    ("make", "vertices", "message"),
    [
        (Shape.polygon, [(0, 0), (1, 0)], r"n ≥ 3, not \(2, 2\)"),
        (Shape.polyhedron, [(0, 0), (1, 0), (0, 1)], r"\(n, 3\), not \(3, 2\)"),
        (Shape.polyhedron, np.pad(CUBE[:, :2], ((0, 0), (0, 1))), "without a volume"),
    ],
)
def test_refused(make, vertices, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(vertices)


def test_rotation_is_that_of_scipy() -> None:
    turns = Rotation.random(20, random_state=1)
    quaternions = np.roll(turns.as_quat(), 1, axis=1)  # scipy has the scalar last
    turned = rotate(2.5 * quaternions, CUBE)  # the length does not matter
    expected = np.array([turn.apply(CUBE) for turn in turns])
    assert turned == pytest.approx(expected)
