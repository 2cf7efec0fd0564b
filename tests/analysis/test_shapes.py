"""Volumes and vertices of building blocks, against closed formulas."""

from itertools import product

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from analysis.configuration import Configuration
from analysis.shapes import Shape, shape_of
from workspace_schema.building_blocks import AnyBuildingBlock
from workspace_schema.building_blocks.polyhedron import ARCHIMEDEAN, CATALAN, PLATONIC

BLOCK = TypeAdapter(AnyBuildingBlock)


def box(low, high):
    return [[x, y, z] for x, y, z in product(*zip(low, high, strict=True))]


#: Two and one cubes in a row and two more on top of the first: an L.
L = {
    "form": "polyhedron_union",
    "parts": [box((0, 0, 0), (2, 1, 1)), box((0, 1, 0), (1, 3, 1))],
    "volume": 4.0,
}


def shape(dimensions=3, **block):
    return shape_of(BLOCK.validate_python(block), dimensions)


@pytest.mark.parametrize("name", [*PLATONIC, *ARCHIMEDEAN, *CATALAN])
def test_named_polyhedra_have_the_volume_asked_for_and_their_centroid_at_the_origin(name):
    from scipy.spatial import Delaunay

    body = shape(form="hard_polyhedron", name=name, volume=2.5)
    assert body.volume == pytest.approx(2.5)
    parts = body.points[Delaunay(body.points).simplices]
    volumes = np.abs(np.linalg.det(parts[:, 1:] - parts[:, :1]))
    centroid = (volumes[:, None] * parts.mean(axis=1)).sum(axis=0) / volumes.sum()
    assert np.abs(centroid).max() < 1e-9


@pytest.mark.parametrize(("truncation", "corners"), [(0.0, 4), (1e-3, 12), (2 / 3, 12), (1.0, 6)])
def test_truncated_tetrahedra_go_from_the_tetrahedron_to_the_octahedron(truncation, corners):
    body = shape(form="hard_polyhedron", family="truncated_tetrahedron", truncation=truncation)
    assert len(body.points) == corners
    assert body.volume == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("family", "parameters", "name"),
    [
        ("323", {"a": 1, "c": 3}, "tetrahedron"),
        ("323", {"a": 3, "c": 3}, "cube"),
        ("423", {"a": 2, "c": 2}, "octahedron"),
        ("423", {"a": 1, "c": 3}, "cube"),
        ("423", {"a": 1, "c": 2}, "cuboctahedron"),
        ("423", {"a": 2, "c": 3}, "rhombic_dodecahedron"),
        ("truncated_cube", {"truncation": 0.0}, "cube"),
        ("truncated_cube", {"truncation": 1.0 - 0.5**0.5}, "truncated_cube"),
        ("truncated_cube", {"truncation": 0.5}, "cuboctahedron"),
        ("truncated_cube", {"truncation": 0.75}, "truncated_octahedron"),
        ("truncated_cube", {"truncation": 1.0}, "octahedron"),
        ("prism", {"sides": 4}, "cube"),
        ("dipyramid", {"sides": 4}, "octahedron"),
    ],
)
def test_families_contain_the_solids_they_lie_between(family, parameters, name):
    distances = [
        np.sort(np.linalg.norm(body.points[:, None] - body.points[None], axis=-1), axis=None)
        for body in (
            shape(form="hard_polyhedron", family=family, **parameters),
            shape(form="hard_polyhedron", name=name),
        )
    ]
    assert len(distances[0]) == len(distances[1])
    assert distances[0] == pytest.approx(distances[1], abs=1e-6)


@pytest.mark.parametrize(("truncation", "corners"), [(1e-3, 24), (0.499, 24), (0.501, 24)])
def test_truncated_cubes_have_no_other_faces_between(truncation, corners):
    body = shape(form="hard_polyhedron", family="truncated_cube", truncation=truncation)
    assert len(body.points) == corners
    distances = np.abs(body.points).sum(axis=1)
    assert np.ptp(distances) < 1e-6 * distances.max()


def test_rounded_bodies_have_the_volume_asked_for_and_steiners():
    r = 0.3
    cube = shape(form="hard_polyhedron", name="cube", rounding=r, volume=2.0)
    a = np.ptp(cube.points[:, 0])
    assert cube.volume == pytest.approx(2.0)
    assert a**3 + 6 * a**2 * r + 3 * a * np.pi * r**2 + 4 / 3 * np.pi * r**3 == pytest.approx(2.0)
    square = shape(2, form="hard_polygon", sides=4, rounding=r)
    a = np.ptp(square.points[:, 0]) / np.sqrt(2)
    assert square.volume == pytest.approx(1.0)
    assert a**2 + 4 * a * r + np.pi * r**2 == pytest.approx(1.0)


def test_polygons_keep_their_area_and_turn_counter_clockwise():
    clockwise = [[0, 0], [0, 2], [1, 2], [1, 0]]
    body = shape(2, form="hard_polygon", vertices=clockwise, area=8.0)
    assert body.volume == pytest.approx(8.0)
    assert sorted(body.points[:, 0]) == pytest.approx([-1, -1, 1, 1])
    assert sorted(body.points[:, 1]) == pytest.approx([-2, -2, 2, 2])
    x, y = body.points[:, 0], body.points[:, 1]
    assert np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) == pytest.approx(16.0)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_overlapping_spheres_are_not_counted_twice(dimensions):
    # two spheres of diameter 1 at a distance of 0.5 share a lens
    body = shape(dimensions, form="sphere_union", centers=[[0, 0, 0], [1, 0, 0]], spacing=0.5)
    ball = np.pi / 4 if dimensions == 2 else np.pi / 6
    if dimensions == 2:
        lens = 2 * (0.25 * np.arccos(0.5)) - 0.5 * 0.5 * np.sqrt(1 - 0.25)
    else:
        lens = np.pi / 12 * (4 * 0.5 + 0.5) * (2 * 0.5 - 0.5) ** 2
    assert body.volume == pytest.approx(2 * ball - lens, rel=3e-4)
    assert body.points[:, 0] == pytest.approx([-0.25, 0.25])
    assert body.circumscribed == pytest.approx(1.5)


TWO_KINDS = {
    "X": {"directions": "pole", "half_angle": 0.3},
    "Y": {"directions": [[1, 0, 0], [0, 1, 0]], "half_angle": 0.3},
}


def test_marks_are_what_turns_with_a_body():
    patchy = shape(form="kern_frenkel", patches=TWO_KINDS)
    assert [len(points) for points in patchy.marks] == [1, 2]
    assert [len(points) for points in shape(form="hard_polyhedron", name="cube").marks] == [8]
    union = shape(form="sphere_union", centers=[[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    assert [len(points) for points in union.marks] == [3]
    rod = shape(form="gay_berne", length=3.0)
    assert rod.marks[0] == pytest.approx(np.array([[0, 0, 1.5], [0, 0, -1.5]]))
    assert len(rod.marks) == 1
    assert shape(form="hard_sphere").marks == []


def test_shapes_survive_a_gsd_file(tmp_path):
    import gsd.hoomd

    bodies = (
        shape(form="hard_polyhedron", name="octahedron", rounding=0.1),
        shape(form="sphere_union", centers=[[0, 0, 0], [1, 0, 0]], diameters=[1, 0.5]),
        shape(form="kern_frenkel", diameter=0.7, patches=TWO_KINDS),
        shape(**L),
    )
    turned = np.array([[1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]], dtype=float)
    before = Configuration(
        np.zeros((4, 3)),
        np.array([5, 5, 5, 0, 0, 0]),
        3,
        np.arange(4),
        ("A", "B", "C", "D"),
        orientations=turned,
        type_shapes=tuple(body.to_gsd() for body in bodies),
    )
    with gsd.hoomd.open(str(tmp_path / "x.gsd"), "w") as file:
        file.append(before.to_frame())
    after = Configuration.read(tmp_path / "x.gsd")
    assert after.orientations == pytest.approx(turned)
    for body, entry in zip(bodies, after.type_shapes, strict=True):
        read = Shape.from_gsd(entry, 3)
        assert (read.kind, read.radius, read.radii) == (body.kind, body.radius, body.radii)
        assert (read.patches, read.ends) == (body.patches, body.ends)
        assert read.points == pytest.approx(body.points)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            {
                "form": "hard_polygon",
                "vertices": [[0, 0], [1, 0], [0.2, 0.2], [0, 1]],
                "rounding": 0.1,
            },
            "rounding: expected 0 of a polygon that is not convex",
        ),
        ({"form": "hard_polygon", "vertices": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "do not cross"),
        (  # an edge that touches another
            {"form": "hard_polygon", "vertices": [[0, 0], [1, 0], [0.5, 1], [0.5, 0], [0, 1]]},
            "do not cross",
        ),
        (  # a pentagram turns to one side only, twice around
            {
                "form": "hard_polygon",
                "vertices": [
                    [np.cos(4 * np.pi * k / 5), np.sin(4 * np.pi * k / 5)] for k in range(5)
                ],
            },
            "do not cross",
        ),
        (
            L | {"parts": [box((0, 0, 0), (2, 1, 1)), box((0, 0.99, 0), (1, 3, 1))]},
            r"parts\[1\]: overlaps parts\[0\]; expected parts that only touch",
        ),
        (
            L | {"parts": [L["parts"][0], box((0, 6, 0), (1, 8, 1)), box((0, 8, 0), (1, 9, 1))]},
            r"parts\[1\]: is apart from parts\[0\]; expected parts that touch",
        ),
        (L | {"parts": [L["parts"][0], box((0, 1, 0), (1, 3, 0))]}, r"parts\[1\]: .* twice"),
        ({"form": "hard_polygon"}, "one of sides"),
        ({"form": "hard_polyhedron", "name": "cube", "family": "423"}, "exactly one"),
        ({"form": "hard_polyhedron", "family": "423", "a": 1.5}, "c is missing"),
        ({"form": "hard_polyhedron", "family": "423", "a": 3, "c": 2}, "expected 1 to 2"),
        ({"form": "hard_polyhedron", "name": "cube", "truncation": 0.1}, "no meaning"),
        ({"form": "hard_polyhedron", "name": "cube", "rounding": 0.7}, "radius of a sphere"),
        ({"form": "hard_polygon", "sides": 4, "rounding": 0.6}, "radius of a disk"),
        ({"form": "sphere_union", "centers": [[0, 0, 0]], "diameters": [1, 1]}, "one for each"),
        ({"form": "kern_frenkel", "patches": {"P": {"half_angle": 30}}}, "expected radians"),
        (
            {
                "form": "kern_frenkel",
                "patches": {"P": {"half_angle": 1, "directions": [[0, 0, 0]]}},
            },
            "nowhere",
        ),
    ],
)
def test_what_is_no_building_block_is_refused(block, message):
    with pytest.raises(ValidationError, match=message):
        BLOCK.validate_python(block)


def test_a_polyhedron_without_corners_is_a_sphere() -> None:
    """HOOMD-blue writes spherical depletants so."""
    entry = {"type": "ConvexPolyhedron", "rounding_radius": 0.05, "vertices": []}
    depletant = Shape.from_gsd(entry, 3)
    assert depletant is not None
    assert depletant.kind == "sphere"
    assert depletant.volume == pytest.approx(4 / 3 * np.pi * 0.05**3)
    assert Shape.from_gsd({"type": "ConvexPolyhedron", "vertices": []}, 3) is None


@pytest.mark.parametrize("block", [{"aspect": 0.4}, {"aspect": 5}, {"semiaxes": [1, 2, 4]}])
def test_ellipsoids_have_the_volume_and_the_ratios_asked_for(block):
    body = shape(form="hard_ellipsoid", volume=2.5, **block)
    a, b, c = body.radii
    assert body.volume == pytest.approx(2.5) == 4 / 3 * np.pi * a * b * c
    wanted = np.array(block.get("semiaxes", [1, 1, block.get("aspect")]))
    assert np.array(body.radii) / a == pytest.approx(wanted / wanted[0])
    assert (body.circumscribed, body.inscribed) == (2 * max(a, b, c), 2 * min(a, b, c))


def test_spherocylinders_have_the_volume_and_the_length_asked_for():
    body = shape(form="hard_spherocylinder", elongation=5, volume=4.4506 * 8)
    assert body.radius == pytest.approx(1.0, rel=1e-5)  # McGrother et al.: 4.4506 D³
    assert body.circumscribed == pytest.approx(12 * body.radius)
    assert body.inscribed == 2 * body.radius
    assert body.volume == pytest.approx(4.4506 * 8)
    points = np.random.default_rng(0).uniform(-6, 6, size=(200_000, 3)) * [0.2, 0.2, 1.0]
    beyond = np.maximum(np.abs(points[:, 2]) - 5 * body.radius, 0.0)
    inside = np.hypot(np.hypot(points[:, 0], points[:, 1]), beyond) < body.radius
    assert inside.mean() * 12**3 * 0.04 == pytest.approx(body.volume, rel=0.01)


@pytest.mark.parametrize(
    "block",
    [{"form": "hard_ellipsoid", "aspect": 3}, {"form": "hard_spherocylinder", "elongation": 5}],
)
def test_rods_are_read_back_from_gsd(block):
    body = shape(**block)
    again = Shape.from_gsd(body.to_gsd(), 3)
    assert (again.kind, again.radius, again.radii) == (body.kind, body.radius, body.radii)
    assert again.points == pytest.approx(body.points)
    assert [len(marks) for marks in again.marks] == [2]


@pytest.mark.parametrize(
    "block",
    [
        {"form": "hard_ellipsoid", "semiaxes": [1, 2, 4]},
        {"form": "hard_spherocylinder", "elongation": 0.5},
        {"form": "hard_spherocylinder", "elongation": 5},
    ],
)
def test_moments_of_inertia_are_those_of_points_inside(block):
    body = shape(volume=2.0, **block)
    half = np.array(body.radii or (body.radius, body.radius, body.circumscribed / 2))
    points = np.random.default_rng(2).uniform(-half, half, size=(400_000, 3))
    if body.radii:
        inside = np.sum((points / half) ** 2, axis=1) < 1
    else:
        beyond = np.maximum(np.abs(points[:, 2]) - body.points[1, 2], 0.0)
        inside = np.hypot(np.hypot(points[:, 0], points[:, 1]), beyond) < body.radius
    squares = np.mean(points[inside] ** 2, axis=0)
    assert np.diag(body.inertia) == pytest.approx(squares.sum() - squares, rel=0.01)
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    if body.kind == "spherocylinder":
        turned = Shape(body.kind, 3, body.points @ turn.T, body.radius)
        assert turned.inertia == pytest.approx(turn @ body.inertia @ turn.T)


def test_an_l_of_boxes_has_its_volume_and_its_centroid_at_the_origin():
    body = shape(**L)
    assert body.volume == pytest.approx(4.0)
    assert body.points.min(axis=0) == pytest.approx([-0.75, -1.25, -0.5])
    assert [len(hull) for hull in body.hulls] == [8, 8]
    assert not body.convex
    mesh = body.to_gsd()
    corners = np.array(mesh["vertices"])[np.array(mesh["indices"])]
    signed = np.linalg.det(corners) / 6.0  # outward triangles add up to the volume
    assert signed.sum() == pytest.approx(4.0)


def test_unions_have_no_inertia():
    with pytest.raises(ValueError, match="expected one body"):
        _ = shape(form="sphere_union", centers=[[0, 0, 0], [1, 0, 0]]).inertia


@pytest.mark.parametrize("size", [1e-7, 1e-3, 1e5])
def test_a_union_may_be_of_any_size_and_its_parts_in_any_order(size):
    first, last = L["parts"]
    ends = [first, box((0, 3, 0), (1, 4, 1)), last]
    body = shape(**L | {"parts": (size * np.array(ends)).tolist()})
    assert body.volume == pytest.approx(4.0)
    assert [len(hull) for hull in body.hulls] == [8, 8, 8]
    parts = (size * np.array([first, box((0, 0.99, 0), (1, 3, 1))])).tolist()
    with pytest.raises(ValidationError, match="overlaps"):
        shape(**L | {"parts": parts})
