"""What is drawn of the shapes of building blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from analysis.render.bodies import Body, rotate
from analysis.shapes import Shape

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
SQUARE = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], dtype=float)


def test_faces_of_a_cube() -> None:
    cube = Body.of(Shape("polyhedron", 3, CUBE))
    assert sorted(len(face) for face in cube.faces) == [4] * 6
    assert cube.radius == pytest.approx(np.sqrt(3.0))
    directions = {tuple(np.round(normal).astype(int)) for normal in cube.normals()}
    assert directions == {tuple(sign * row) for row in np.eye(3, dtype=int) for sign in (1, -1)}
    for face, normal in zip(cube.faces, cube.normals(), strict=True):
        corners = cube.corners[list(face)]
        assert corners @ normal == pytest.approx(1.0)  # outside
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
        assert sides == pytest.approx(2.0)  # in order around the face, not across it


def test_a_union_of_polyhedra_has_the_faces_of_its_parts() -> None:
    apart = np.array([2.0, 0.0, 0.0])
    both = Body.of(
        Shape(
            "polyhedron_union",
            3,
            np.concatenate([CUBE - apart / 2, CUBE + apart / 2]),
            ends=(8, 16),
        )
    )
    assert sorted(len(face) for face in both.faces) == [4] * 12
    assert {corner for face in both.faces for corner in face} == set(range(16))
    assert both.radius == pytest.approx(np.sqrt(6.0))
    outside = [
        c @ n for f, n in zip(both.faces, both.normals(), strict=True) for c in both.corners[[*f]]
    ]
    assert sorted(set(np.round(outside, 9))) == [0.0, 1.0, 2.0]


def test_euler_of_a_random_hull() -> None:
    points = np.random.default_rng(0).normal(size=(40, 3))
    hull = Body.of(Shape("polyhedron", 3, points[ConvexHull(points).vertices]))
    edges = sum(len(face) for face in hull.faces) / 2
    vertices = len({corner for face in hull.faces for corner in face})
    assert vertices - edges + len(hull.faces) == 2


def test_rounded_polyhedra_have_faces_edges_and_corners() -> None:
    body = Body.of(Shape("polyhedron", 3, CUBE, 0.25))
    assert len(body.faces) == 6
    assert body.rods.shape == (12, 2, 3)
    assert body.spheres[:, 3] == pytest.approx(np.full(8, 0.25))
    assert np.linalg.norm(body.rods[:, 0] - body.rods[:, 1], axis=1) == pytest.approx(2.0)
    for face, normal in zip(body.faces, body.normals(), strict=True):
        assert body.corners[list(face)] @ normal == pytest.approx(1.25)


@pytest.mark.parametrize("radius", [0.0, 0.3])
def test_polygons_have_the_area_of_their_shape(radius: float) -> None:
    for corners in (SQUARE, SQUARE[::-1]):
        shape = Shape("polygon", 2, corners, radius)
        body = Body.of(shape)
        assert body.normals() == pytest.approx(np.array([[0, 0, 1]]))
        area = ConvexHull(body.corners[:, :2]).volume
        assert area == pytest.approx(shape.volume, rel=2e-3)
        assert body.radius == pytest.approx(shape.circumscribed / 2)


def test_spheres_and_unions() -> None:
    assert Body.of(Shape("sphere", 3, np.zeros((1, 3)), 0.7)).radius == pytest.approx(0.7)
    union = Shape("sphere_union", 3, np.array([[0, 0, -1], [0, 0, 1.0]]), 0.0, (0.5, 1.0))
    assert Body.of(union).spheres.tolist() == [[0, 0, -1, 0.5], [0, 0, 1, 1.0]]
    assert Body.of(union).radius == pytest.approx(2.0)


def test_rotation_is_that_of_scipy() -> None:
    turns = Rotation.random(20, random_state=1)
    quaternions = np.roll(turns.as_quat(), 1, axis=1)  # scipy has the scalar last
    turned = rotate(2.5 * quaternions, CUBE)  # the length does not matter
    expected = np.array([turn.apply(CUBE) for turn in turns])
    assert turned == pytest.approx(expected)


def test_spherocylinders_are_a_rod_with_round_ends_and_ellipsoids_are_smooth() -> None:
    ends = np.array([[0.0, 0, -2], [0, 0, 2]])
    rod = Body.of(Shape("spherocylinder", 3, ends, 0.5))
    assert (rod.faces, rod.thickness, rod.radius) == ((), 0.5, 2.5)
    assert rod.rods[0] == pytest.approx(ends)
    assert rod.spheres == pytest.approx(np.column_stack([ends, [0.5, 0.5]]))
    body = Body.of(Shape("ellipsoid", 3, np.zeros((1, 3)), 0.0, (1.0, 1.0, 0.2)))
    assert body.smooth
    assert body.radius == pytest.approx(1.0, abs=0.01)
    assert not Body.of(Shape("polyhedron", 3, CUBE)).smooth
