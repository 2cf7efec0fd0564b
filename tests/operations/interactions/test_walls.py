"""Walls of points against virtual work, and how far bodies reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.shapes import shape_of
from operations.interactions.walls import Slit, SoftWalls, reaches
from workspace_schema.system import System

WALLS = SoftWalls(separation=4.0, epsilon=1.3, sigma=0.9, r_cut=2.0, dimensions=3)
STEP = 1e-6


@pytest.mark.parametrize("dimensions", [2, 3])
def test_forces_and_pressure_are_derivatives_of_the_energy(dimensions: int) -> None:
    walls = replace(WALLS, dimensions=dimensions)
    random, axis = np.random.default_rng(1), dimensions - 1
    x = random.uniform(-3, 3, size=(20, 3))
    x[:, axis] = random.uniform(-1.3, 1.3, 20)
    x[:, dimensions:] = 0.0
    cell = np.diag([6.0, 5.0, 7.0])
    area = 6.0 if dimensions == 2 else 30.0
    found = walls.evaluate(x, np.zeros((20, 3)), cell)

    def energy(positions: np.ndarray, separation: float = 4.0) -> float:
        now = replace(walls, separation=separation)
        return now.evaluate(positions, np.zeros((20, 3)), cell).energy

    for k in range(20):
        ends = []
        for sign in (-1.0, 1.0):
            moved = x.copy()
            moved[k, axis] += sign * STEP
            ends.append(energy(moved))
        assert found.forces[k, axis] == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-5)
    assert not np.delete(found.forces, axis, axis=1).any()
    work = (energy(x, 4.0 - STEP) - energy(x, 4.0 + STEP)) / (2 * STEP)
    assert found.values == pytest.approx((work / area,), rel=1e-5)


def test_the_energy_ends_at_the_cut_off_without_a_jump() -> None:
    x = np.zeros((1, 3))
    for z, expected in ((-2.0 + 0.9, 0.0), (0.0, 0.0)):
        x[0, 2] = z
        wide = replace(WALLS, separation=4.0, r_cut=2.0)
        cut = 4 * 1.3 * ((0.9 / 2) ** 12 - (0.9 / 2) ** 6)
        at = wide.evaluate(x, x, np.eye(3) * 9).energy
        # at a distance of sigma from one wall the formula is 0, and the shift remains
        assert at == pytest.approx(-cut if z else expected, abs=1e-12)


def test_the_box_keeps_images_apart() -> None:
    assert Slit.of_points(5.0, 2.5, 1.0).height == 7.5
    assert Slit.of_points(1.5, 2.5, 1.0).height == 6.0
    slit = Slit.of_bodies(4.0, 2.0)
    assert (slit.height, slit.share) == (6.0, 4.0 / 6.0)


@pytest.mark.parametrize(
    ("block", "turn", "expected"),
    [
        ({"form": "hard_sphere", "diameter": 1.4}, [0.5, 0.5, 0.5, 0.5], (0.7, 0.7)),
        # a cube on its edge
        (
            {"form": "hard_polyhedron", "name": "cube"},
            [np.cos(np.pi / 8), np.sin(np.pi / 8), 0, 0],
            (0.5**0.5,) * 2,
        ),
        ({"form": "hard_polyhedron", "name": "cube"}, [1, 0, 0, 0], (0.5, 0.5)),
    ],
)
def test_reaches(block, turn, expected) -> None:
    data = {"dimensions": 3, "particles": {"A": 1}, "building_blocks": {"A": block}}
    blocks = System.model_validate(data).building_blocks
    assert blocks
    shape = shape_of(blocks["A"], 3)
    found = reaches((shape,), np.zeros(1, dtype=int), np.array([turn], dtype=float))
    assert found[:, 0] == pytest.approx(expected)


def test_a_lying_spherocylinder_reaches_its_radius() -> None:
    block = {"form": "hard_spherocylinder", "elongation": 5.0}
    data = {"dimensions": 3, "particles": {"A": 1}, "building_blocks": {"A": block}}
    blocks = System.model_validate(data).building_blocks
    assert blocks
    shape = shape_of(blocks["A"], 3)
    half = np.sqrt(0.5)
    turns = np.array([[1.0, 0, 0, 0], [half, half, 0, 0]])
    found = reaches((shape,), np.zeros(2, dtype=int), turns)
    assert found[:, 0] == pytest.approx([shape.circumscribed / 2] * 2)
    assert found[:, 1] == pytest.approx([shape.radius] * 2)
