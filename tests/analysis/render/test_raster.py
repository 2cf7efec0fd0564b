"""The depth buffer, against geometry."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.render.bodies import Body
from analysis.render.raster import Canvas, occlusion, shade
from analysis.shapes import Shape

ONE = np.zeros(1, dtype=int)


def test_a_sphere() -> None:
    canvas = Canvas(100, 120)
    canvas.spheres(np.array([[60.0, 40.0, 5.0]]), np.array([30.0]), ONE)
    seen = canvas.item == 0
    assert seen.sum() == pytest.approx(np.pi * 30**2, rel=0.01)
    rows, columns = np.nonzero(seen)
    dx, dy = columns + 0.5 - 60.0, rows + 0.5 - 40.0
    assert canvas.depth[seen] == pytest.approx(5.0 + np.sqrt(900 - dx**2 - dy**2), abs=1e-3)
    assert canvas.normal[seen, 0] == pytest.approx(dx / 30.0, abs=1e-5)
    assert canvas.normal[seen, 1] == pytest.approx(-dy / 30.0, abs=1e-5)


@pytest.mark.parametrize("end", [(90.0, 40.0, 0.0), (70.0, 85.0, 40.0), (25.0, 20.0, -60.0)])
def test_a_rod_is_as_far_from_its_axis_as_it_should(end: tuple[float, float, float]) -> None:
    begin, radius = np.array([30.0, 30.0, 10.0]), 8.0
    canvas = Canvas(110, 120)
    canvas.rods(np.array([[begin, end]]), np.array([radius]), ONE)
    rows, columns = np.nonzero(canvas.item == 0)
    points = np.stack([columns + 0.5, rows + 0.5, canvas.depth[rows, columns]], axis=1)
    axis = np.array(end) - begin
    along = np.clip((points - begin) @ axis / (axis @ axis), 0.0, 1.0)
    nearest = begin + along[:, None] * axis
    away = points - nearest
    assert np.linalg.norm(away, axis=1) == pytest.approx(radius, abs=1e-2)
    normal = canvas.normal[rows, columns]
    assert normal[:, 0] == pytest.approx(away[:, 0] / radius, abs=1e-2)
    assert normal[:, 1] == pytest.approx(-away[:, 1] / radius, abs=1e-2)


def test_a_tilted_cube_covers_its_projection() -> None:
    from scipy.spatial import ConvexHull
    from scipy.spatial.transform import Rotation

    vertices = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    cube = Body.of(Shape("polyhedron", 3, vertices))
    turn = Rotation.from_euler("xyz", (0.4, 0.7, 0.2)).as_matrix()
    corners, normals = cube.corners @ turn.T, cube.normals() @ turn.T
    pixels = corners * [30, -30, 30] + [60, 60, 0]
    canvas = Canvas(120, 120)
    canvas.faces([pixels[list(face)] for face in cube.faces], normals, np.zeros(6, dtype=int))
    area = ConvexHull(pixels[:, :2]).volume
    assert (canvas.item == 0).sum() == pytest.approx(area, rel=0.01)
    rows, columns = np.nonzero(canvas.item == 0)
    z = canvas.depth[rows, columns]
    points = np.stack([columns + 0.5 - 60, 60 - rows - 0.5, z], axis=1) / 30 @ turn
    assert np.abs(points).max(axis=1) == pytest.approx(1.0, abs=1e-4)  # on a face of the cube


def test_polygons_need_not_be_convex() -> None:
    arrow = np.array([(10, 10, 0), (90, 10, 0), (90, 90, 0), (50, 40, 0), (10, 90, 0)], dtype=float)
    canvas = Canvas(100, 100)
    canvas.faces([arrow], np.array([[0.0, 0.0, 1.0]]), ONE)
    assert canvas.item[20, 50] == 0
    assert canvas.item[80, 50] == -1
    assert (canvas.item == 0).sum() == pytest.approx(80 * 80 - 80 * 50 / 2, rel=0.01)


def test_what_is_in_front_is_seen_whatever_the_order() -> None:
    centres = np.array([[30, 30, 0], [40, 30, 10.0]])
    for order in ([0, 1], [1, 0]):
        canvas = Canvas(60, 80)
        canvas.spheres(centres[order], np.full(2, 20.0), np.array(order))
        assert canvas.item[30, 40] == 1
        assert canvas.item[30, 15] == 0


def test_crevices_are_darker_and_light_comes_from_above() -> None:
    canvas = Canvas(120, 120)
    centres = np.array([[40, 60, 0], [80, 60, 0.0]])
    canvas.spheres(centres, np.full(2, 20.0), np.arange(2))
    dark = occlusion(canvas, 26.0, 1)
    assert dark[60, 57] > dark[60, 25] + 0.02
    picture = shade(
        canvas, np.full((2, 3), 200.0), np.zeros(2, dtype=bool), coarse=2, lit=True,
        particle=20.0, outline=0.0, haze=0.0, shadows=True,
    ).astype(int)  # fmt: skip
    assert picture.shape == (60, 60, 3)
    assert (picture[0, 0] == 255).all()
    assert picture[22, 20, 0] > picture[38, 20, 0] + 20


def test_nothing_to_see() -> None:
    canvas = Canvas(10, 10)
    canvas.spheres(np.empty((0, 3)), np.empty(0), np.empty(0))
    canvas.faces([], np.empty((0, 3)), np.empty(0, dtype=int))
    canvas.spheres(np.array([[500.0, 5, 0]]), np.ones(1), ONE)  # beside the picture
    assert (canvas.item == -1).all()
