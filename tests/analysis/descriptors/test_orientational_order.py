"""Orientational order of shapes, against freud's and against what is known of aligned ones."""

from __future__ import annotations

import freud
import numpy as np
import pytest
import rowan
from pydantic import TypeAdapter

from analysis.configuration import Configuration
from analysis.descriptors.orientational_order import orientational_order, oriented_label
from analysis.labelling import label_configuration
from analysis.shapes import shape_of
from operations.interactions.start import lattice, random_orientations
from workspace_schema.building_blocks import AnyBuildingBlock

BLOCK = TypeAdapter(AnyBuildingBlock)
SHAPES = [
    ({"form": "hard_polyhedron", "name": "cube"}, 3, 4),
    ({"form": "hard_polyhedron", "name": "octahedron"}, 3, 4),
    ({"form": "hard_polyhedron", "name": "tetrahedron"}, 3, 3),
    ({"form": "hard_polyhedron", "name": "icosahedron"}, 3, 6),
    ({"form": "kern_frenkel", "patches": {"P": {"directions": "poles", "half_angle": 0.5}}}, 3, 2),
    ({"form": "kern_frenkel", "patches": {"P": {"directions": "square", "half_angle": 0.5}}}, 2, 4),
    ({"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}, 3, 2),
    ({"form": "gay_berne", "length": 3.0}, 3, 2),
    ({"form": "gay_berne", "length": 0.3}, 3, 2),
    ({"form": "hard_polygon", "sides": 4}, 2, 4),
    ({"form": "hard_polygon", "sides": 6, "rounding": 0.1}, 2, 6),
    ({"form": "hard_polygon", "vertices": [[0, 0], [3, 0], [3, 1], [0, 1]]}, 2, 2),
]


def crystal(block, dimensions, orientations, n=1000) -> Configuration:
    name = "square" if dimensions == 2 else "sc"
    found = lattice(name, {"A": n}, dimensions, 0.5, np.random.default_rng(1))
    found.orientations = orientations(n)
    found.type_shapes = (shape_of(BLOCK.validate_python(block), dimensions).to_gsd(),)
    return found


@pytest.mark.parametrize(("block", "dimensions", "rank"), SHAPES)
def test_turned_alike_is_one_and_turned_at_random_is_none(block, dimensions, rank):
    random = np.random.default_rng(2)
    turn = random_orientations(1, dimensions, random)
    order = orientational_order(crystal(block, dimensions, lambda n: np.tile(turn, (n, 1))))
    assert order.rank == rank
    assert order.overall == pytest.approx(1.0)
    assert order.neighbouring == pytest.approx(1.0)
    disordered = crystal(block, dimensions, lambda n: random_orientations(n, dimensions, random))
    order = orientational_order(disordered)
    assert order.overall < 0.12
    assert abs(order.neighbouring) < 0.1


def test_rods_have_freuds_nematic_order():
    random = np.random.default_rng(3)
    # rods along x, tilted by a normal distribution of angles
    tilts = [
        rowan.from_axis_angle(random.normal(size=3), random.normal() * 0.5) for _ in range(1000)
    ]
    rods = crystal(SHAPES[4][0], 3, lambda n: np.array(tilts))
    nematic = freud.order.Nematic()
    nematic.compute(rowan.rotate(rods.orientations, [1.0, 0.0, 0.0]))
    assert 0.4 < nematic.order < 0.9
    assert orientational_order(rods).overall == pytest.approx(nematic.order, abs=0.01)


@pytest.mark.parametrize("sides", [3, 5, 14])
def test_neighbours_turned_against_each_other_are_not_plastic(sides):
    def alternating(n):
        found = crystal(block, 2, lambda n: np.tile([1.0, 0, 0, 0], (n, 1)), n)
        x, y = np.round(found.positions[:, :2] / np.sqrt(2)).astype(int).T
        return np.asarray(rowan.from_axis_angle([0, 0, 1], np.where((x + y) % 2, np.pi / sides, 0)))

    block = {"form": "hard_polygon", "sides": sides}
    order = orientational_order(crystal(block, 2, alternating, 400))
    assert order.neighbouring == pytest.approx(1.0)
    assert oriented_label("square", order, 2) == "square"


@pytest.mark.parametrize(
    "block",
    [
        {"form": "kern_frenkel", "patches": {"P": {"directions": "square", "half_angle": 0.5}}},
        {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]},
    ],
)
def test_three_sublattices_turned_by_thirds_are_not_plastic(block):
    lengths = np.array([12.0, 12.0 * np.sqrt(3.0), 1.0])
    rows, columns = (each.ravel() for each in np.meshgrid(np.arange(24), np.arange(12)))
    sites = np.column_stack([columns + rows % 2 / 2, rows * np.sqrt(3.0) / 2])
    period = np.pi / 2 if block["form"] == "kern_frenkel" else np.pi
    sublattices = np.rint(columns + rows % 2 / 2 - rows / 2 - rows) % 3
    turns = period / 3 * sublattices
    positions = np.column_stack([sites - lengths[:2] / 2, np.zeros(len(sites))])
    found = Configuration(positions, [*lengths, 0, 0, 0], 2, np.zeros(len(sites)))
    found.orientations = rowan.from_axis_angle([0.0, 0.0, 1.0], turns)
    found.type_shapes = (shape_of(BLOCK.validate_python(block), 2).to_gsd(),)
    order = orientational_order(found)
    assert order.neighbouring == pytest.approx(-0.5)
    assert oriented_label("hexagonal", order, 2) == "hexagonal"


def test_heads_and_tails_are_told_apart():
    random = np.random.default_rng(6)

    def heads(n):
        return rowan.from_axis_angle([0.0, 0.0, 1.0], np.pi * random.integers(0, 2, n))

    patch = {"half_angle": 0.5}
    janus = {"X": patch | {"directions": [[1, 0, 0]]}, "Y": patch | {"directions": [[-1, 0, 0]]}}
    for block in (
        {"form": "kern_frenkel", "patches": janus},
        {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]], "diameters": [1.0, 0.5]},
    ):
        alike = orientational_order(crystal(block, 2, lambda n: np.tile([1.0, 0, 0, 0], (n, 1))))
        assert (alike.rank, alike.overall) == (1, pytest.approx(1.0))
        mixed = orientational_order(crystal(block, 2, heads))
        assert (mixed.rank, mixed.overall) == (2, pytest.approx(1.0))


@pytest.mark.parametrize("truncation", np.linspace(0.0, 1.0, 33))
def test_truncated_cubes_are_cubatic_all_the_way(truncation):
    block = {"form": "hard_polyhedron", "family": "truncated_cube", "truncation": truncation}
    order = orientational_order(crystal(block, 3, lambda n: np.tile([1.0, 0, 0, 0], (n, 1)), 64))
    assert order.rank == 4


def test_nearly_square_bodies_turned_by_right_angles_are_tetratic():
    random = np.random.default_rng(5)
    block = {"form": "hard_polygon", "vertices": [[0, 0], [1.05, 0], [1.05, 1], [0, 1]]}

    def quarters(n):
        angles = np.where(random.random(n) < 0.5, 0.0, np.pi / 2)
        return np.asarray(rowan.from_axis_angle([0, 0, 1], angles))

    order = orientational_order(crystal(block, 2, quarters))
    assert order.rank == 4
    assert order.neighbouring > 0.9


def test_only_the_dominant_phase_is_looked_at():
    random = np.random.default_rng(6)

    def half(n):
        turned = random_orientations(n, 2, random)
        turned[: n // 2] = [1.0, 0, 0, 0]
        return turned

    both = crystal(SHAPES[9][0], 2, half)
    first = np.arange(both.n_particles) < both.n_particles // 2
    assert orientational_order(both, first).overall == pytest.approx(1.0)
    assert orientational_order(both, ~first).overall < 0.15
    assert orientational_order(both, np.zeros(both.n_particles, dtype=bool)) is None


def test_few_particles_are_not_nematic_by_chance():
    pair = crystal(SHAPES[9][0], 2, lambda n: np.tile([1.0, 0, 0, 0], (n, 1)), 4)
    assert oriented_label("fluid", orientational_order(pair), 2) == "fluid"


def test_grains_turned_differently_are_seen_by_their_neighbours_only():
    def four(n):
        angles = np.pi / 8 * (4 * np.arange(n) // n)
        return np.asarray(rowan.from_axis_angle([0, 0, 1], angles))

    order = orientational_order(crystal(SHAPES[9][0], 2, four))
    assert order.overall < 0.1
    assert order.neighbouring > 0.8


def test_spheres_square_wells_and_points_have_no_orientation():
    well = {"directions": "pole", "half_angle": np.pi}
    for block in ({"form": "hard_sphere"}, {"form": "kern_frenkel", "patches": {"P": well}}):
        spheres = crystal(block, 3, lambda n: np.tile([1.0, 0, 0, 0], (n, 1)))
        assert orientational_order(spheres) is None
    spheres.type_shapes = None
    assert orientational_order(spheres) is None


def test_plastic_crystals_and_crystals_have_their_own_labels():
    random = np.random.default_rng(4)
    block = {"form": "hard_polygon", "sides": 4}
    plastic = crystal(block, 2, lambda n: random_orientations(n, 2, random), 400)
    labels = label_configuration(plastic)
    assert labels.label == "plastic square"
    assert labels.model_hash.endswith("+orientation-1")
    assert labels.phases[0]["phase"] == "plastic square"
    assert "plastic square" in labels.phase_names
    aligned = crystal(block, 2, lambda n: np.tile([1.0, 0, 0, 0], (n, 1)), 400)
    labels = label_configuration(aligned)
    assert labels.label == "square"
    assert labels.orientational_order["overall"] == pytest.approx(1.0)


def test_fluids_are_named_by_what_is_ordered():
    order = orientational_order(crystal(SHAPES[9][0], 2, lambda n: np.tile([1.0, 0, 0, 0], (n, 1))))
    assert oriented_label("fluid", order, 2) == "tetratic"
    assert oriented_label("unknown", order, 2) == "unknown"
    assert oriented_label("fluid", None, 2) == "fluid"
