"""What is in a picture: cells completed, images, bonds."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import PROTOTYPES, crystal
from analysis.render.scene import (
    Style,
    complete_cell,
    compose,
    image,
    seamless,
    shift_images,
    typical_radius,
)
from analysis.shapes import Shape


@pytest.mark.parametrize(
    ("name", "number"),
    [("sc", 8), ("bcc", 9), ("fcc", 14), ("diamond", 18), ("NaCl", 27), ("CsCl", 9)],
)
def test_unit_cells_as_in_a_textbook(name: str, number: int) -> None:
    cell = PROTOTYPES[name].cell()
    positions, particles = complete_cell(cell)
    assert len(positions) == number
    fractional = positions @ np.linalg.inv(cell.cell)
    assert fractional.min() > -1e-6
    assert fractional.max() < 1 + 1e-6
    difference = fractional - cell.positions[particles] @ np.linalg.inv(cell.cell)
    shifts = difference - difference[0]
    assert shifts == pytest.approx(np.round(shifts), abs=1e-9)
    assert len(np.unique(positions.round(6), axis=0)) == number


def test_a_cell_begins_at_a_particle() -> None:
    cell = PROTOTYPES["sc"].cell()
    cell.positions = cell.positions + np.array([0.3, 0.1, 0.2])
    assert len(complete_cell(cell)[0]) == 8


def test_a_plane_cell_has_all_that_touch_it() -> None:
    positions, _ = complete_cell(PROTOTYPES["hexagonal"].cell())
    cell = PROTOTYPES["hexagonal"].cell()
    assert len(positions) >= 4
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0.0]]) @ cell.cell
    for corner in corners:
        assert np.linalg.norm(positions - corner, axis=1).min() < 1e-9


def test_images_at_the_edges_of_a_plane_box() -> None:
    box = np.array([4, 4, 1, 0, 0, 0.0])
    one = Configuration(np.array([[-1.9, 1.9, 0]]), box, 2, [0])
    scene = shift_images(
        one, compose(one, Style(shapes={"A": Shape("sphere", 2, np.zeros((1, 3)), 0.5)}))
    )
    assert {tuple(row) for row in scene.centres[:, :2].round(6)} == {
        (-1.9, 1.9), (2.1, 1.9), (-1.9, -2.1), (2.1, -2.1),
    }  # fmt: skip


def test_radius_of_small_cells_and_droplets() -> None:
    one = Configuration(np.zeros((1, 3)), np.array([2, 3, 4, 0, 0, 0.0]), 3, [0])
    assert typical_radius(one) == pytest.approx(1.0)
    plane = Configuration(np.zeros((1, 3)), np.array([2, 3, 1, 0, 0, 0.0]), 2, [0])
    assert typical_radius(plane) == pytest.approx(1.0)
    drop = crystal("sc", 3, 1.0)
    drop.box = np.array([50, 50, 50, 0, 0, 0.0])
    assert typical_radius(drop) == pytest.approx(0.5)


def test_bonds_join_nearest_neighbours_only() -> None:
    salt = PROTOTYPES["NaCl"].cell()
    scene = compose(salt, Style(bonds=True, unit_cell=True))
    assert len(scene.bonds) == 54  # edges of a 3 × 3 × 3 lattice
    kinds = scene.kinds[scene.bonds]
    assert (kinds[:, 0] != kinds[:, 1]).all()


LONG = np.array([(-1.5, -0.2, 0), (1.5, -0.2, 0), (1.5, 0.2, 0), (-1.5, 0.2, 0)])
CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)


def test_shapes_turn_with_their_quaternions() -> None:
    box = np.array([4, 4, 1, 0, 0, 0.0])
    upright = np.array([[np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)]])
    red = np.array([[255, 0, 0]])
    for orientations, axis in ((None, 1), (upright, 0)):
        one = Configuration(
            np.zeros((1, 3)), box, 2, [0], orientations=orientations,
            type_shapes=(Shape("polygon", 2, LONG).to_gsd(),),
        )  # fmt: skip
        picture = image(compose(one, Style(cell=False)), red, 600, fine=False).astype(int)
        spread = [np.ptp(places) + 1 for places in np.nonzero(picture[..., 1] < 128)]
        assert spread[axis] / spread[1 - axis] == pytest.approx(3.0 / 0.4, rel=0.05)


def test_polyhedra_hide_each_other() -> None:
    cube = Shape("polyhedron", 3, CUBE)
    positions = np.array([[0, 3, 0], [0, 0, 0.0]])  # the second one nearer to the viewer
    pair = Configuration(positions, np.array([20, 20, 20, 0, 0, 0.0]), 3, [0, 1], ("A", "B"))
    colours = np.array([[255, 0, 0], [0, 0, 255]])
    for azimuth, front, back in ((0.0, 2, 0), (180.0, 0, 2)):
        style = Style(shapes={"A": cube, "B": cube}, cell=False, view=(azimuth, 0.0))
        picture = image(compose(pair, style), colours, 120).astype(int)
        assert (picture[..., front] > picture[..., back] + 30).mean() > 0.9


def test_spheres_of_a_union_are_where_they_belong() -> None:
    dumbbell = Shape("sphere_union", 3, np.array([[0, 0, -1], [0, 0, 1.0]]), 0.0, (0.5, 1.0))
    one = Configuration(np.zeros((1, 3)), np.full(6, [9, 9, 9, 0, 0, 0.0]), 3, [0])
    scene = compose(one, Style(shapes={"A": dumbbell}, cell=False, view=(0.0, 0.0)))
    low, high = scene.bounds()
    assert low == pytest.approx([-1.0, -1.5, -1.0])
    assert high == pytest.approx([1.0, 2.0, 1.0])


def test_a_picture_of_a_plane_stays_in_its_box() -> None:
    """Rows on the edges of the box show half on either side, and nothing sticks out."""
    square = crystal("square", (6, 4), 1.0)
    corner = np.array([0.5 * square.box[0], 0.5 * square.box[1], 0.0])
    square.positions = square.positions - square.positions[0] - corner
    scene = seamless(square, compose(square))
    low, high = scene.bounds()
    assert (high - low)[:2] == pytest.approx(square.box[:2])
    red = np.tile([255, 0, 0], (24, 1))
    pixels = image(scene, red, 300, fine=False)
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(1.5, abs=0.02)
    coloured = (pixels.astype(int)[..., 0] - pixels.astype(int)[..., 1]) > 100
    inside = coloured[4:-4, 4:-4]
    np.testing.assert_allclose(inside[:, :3].mean(), inside[:, -3:].mean(), atol=0.03)
    assert inside[:, :3].mean() > 0.5  # the particles on the edge are there on both sides
    assert compose(square).bounds()[0][0] < low[0]  # as it is, one row sticks out


def test_paper_has_the_colour_that_is_asked_for() -> None:
    square = crystal("square", 4, 1.0)
    pixels = image(compose(square), np.zeros((16, 3)), 64, paper=(26, 30, 36))
    assert tuple(pixels[0, 0]) == (26, 30, 36)
