"""Axes, layers and columns of rods and discs against what they were made with."""

from __future__ import annotations

import freud
import numpy as np
import pytest
import rowan
from pydantic import TypeAdapter

from analysis.configuration import Configuration
from analysis.descriptors.liquid_crystals import body_axis, liquid_crystal_order
from analysis.shapes import shape_of
from operations.interactions.start import random_orientations
from workspace_schema.building_blocks import AnyBuildingBlock

BLOCK = TypeAdapter(AnyBuildingBlock)
ROD = {"form": "hard_spherocylinder", "elongation": 5, "volume": 4.4506}  # of diameter 1
DISC = {"form": "hard_ellipsoid", "aspect": 0.2}


def bodies(block, positions, orientations, lengths) -> Configuration:
    found = Configuration(positions, [*lengths, 0, 0, 0], 3, np.zeros(len(positions), dtype=int))
    found.orientations = orientations
    found.type_shapes = (shape_of(BLOCK.validate_python(block), 3).to_gsd(),)
    return found


def tilted(n, random, width, towards=(0.0, 0.0, 1.0)) -> np.ndarray:
    """Orientations whose axes z are turned towards a direction, then by some random angle."""
    axes = np.column_stack([random.normal(size=(n, 2)), np.zeros(n)])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    tilt = rowan.from_axis_angle(axes, width * random.normal(size=n))
    return rowan.multiply(rowan.vector_vector_rotation([0.0, 0.0, 1.0], towards), tilt)


@pytest.mark.parametrize("block", [ROD, DISC])
def test_nematic_order_is_freuds(block):
    random = np.random.default_rng(1)
    lengths = np.array([12.0, 12.0, 12.0])
    turns = tilted(500, random, 0.4, [1.0, 2.0, 2.0])
    order = liquid_crystal_order(bodies(block, random.uniform(-6, 6, (500, 3)), turns, lengths))
    nematic = freud.order.Nematic()
    nematic.compute(rowan.rotate(turns, [0.0, 0.0, 1.0]))
    assert order.nematic == pytest.approx(nematic.order, abs=1e-5)
    assert abs(np.dot(order.director, [1, 2, 2])) / 3 == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("direction", [[0, 0, 2], [0, 3, 0], [2, 2, 0]])
def test_layers_have_the_amplitude_and_the_spacing_they_were_made_with(direction):
    random, n, box = np.random.default_rng(2), 1000, np.array([13.0, 19.5, 13.0])
    k = 2 * np.pi * np.array(direction) / box
    spacing = 2 * np.pi / np.linalg.norm(k)
    across = np.eye(3)[np.argmin(np.abs(k))]
    steps = random.integers(0, 50, n) * spacing + 0.1 * spacing * random.normal(size=n)
    along = k / np.linalg.norm(k)
    sideways = np.cross(along, across)
    positions = np.outer(steps, along) + np.outer(random.uniform(0, 900, n), across)
    positions += np.outer(random.uniform(0, 900, n), sideways)
    turns = tilted(n, random, 0.2, along)
    length = {"elongation": spacing / 1.1 - 1}
    order = liquid_crystal_order(bodies(ROD | length, positions, turns, box))
    assert order.layers == pytest.approx(np.exp(-0.5 * (0.2 * np.pi) ** 2), abs=0.02)
    assert order.layer_spacing == pytest.approx(spacing)
    assert order.columns < 0.15


def test_columns_have_the_amplitude_they_were_made_with():
    random, rows, lengths = np.random.default_rng(3), 8, np.array([8.0, 4 * np.sqrt(3), 4.5])
    x, y = (each.ravel() for each in np.meshgrid(np.arange(8), np.arange(rows)))
    sites = np.column_stack([x + 0.5 * (y % 2), y * np.sqrt(3) / 2])
    sites = np.repeat(sites, 15, axis=0) + 0.1 * random.normal(size=(15 * len(sites), 2))
    positions = np.column_stack([sites, random.uniform(0, 4.5, len(sites))])
    turns = tilted(len(sites), random, 0.2)
    block = {"form": "hard_ellipsoid", "aspect": 0.2, "volume": np.pi / 6 * 0.2}  # 1 wide
    order = liquid_crystal_order(bodies(block, positions, turns, lengths))
    k = 4 * np.pi / np.sqrt(3)
    assert order.columns == pytest.approx(np.exp(-0.5 * (0.1 * k) ** 2), abs=0.02)
    assert order.layers < 0.15


def test_particles_at_random_have_no_order():
    random = np.random.default_rng(4)
    positions, turns = random.uniform(-6, 6, (400, 3)), random_orientations(400, 3, random)
    order = liquid_crystal_order(bodies(ROD, positions, turns, [12.0] * 3))
    assert max(order.nematic, order.layers, order.columns) < 0.2
    assert order.others < 0.25


@pytest.mark.parametrize(
    ("block", "axis", "length", "width"),
    [
        (ROD, [0, 0, 1], 6.0, 1.0),
        (DISC, [0, 0, 1], 0.4243, 2.1216),
        ({"form": "hard_ellipsoid", "semiaxes": [1, 4, 1.5]}, [0, 1, 0], 2.7311, 0.8362),
        ({"form": "sphere_union", "centers": [[0, 0, 0], [2, 0, 0]]}, [1, 0, 0], 3.0, 1.0),
    ],
)
def test_bodies_are_long_or_flat_along_their_axis(block, axis, length, width):
    found = body_axis(shape_of(BLOCK.validate_python(block), 3))
    assert np.abs(found[0]) == pytest.approx(np.array(axis, dtype=float))
    assert found[1:] == pytest.approx((length, width), abs=1e-3)


@pytest.mark.parametrize(
    "block",
    [
        {"form": "hard_sphere"},
        {"form": "hard_polyhedron", "name": "tetrahedron"},
        {"form": "hard_polyhedron", "name": "cube"},
        {"form": "hard_ellipsoid", "aspect": 1.4},
        {"form": "kern_frenkel", "patches": {"P": {"directions": "poles", "half_angle": 0.5}}},
    ],
)
def test_others_are_not(block):
    assert body_axis(shape_of(BLOCK.validate_python(block), 3)) is None
