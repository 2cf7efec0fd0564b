"""Overlaps of convex bodies against linear programs and closed formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from operations.search.convex import bodies_overlap

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


def overlap(one, other, d, radius=0.0):
    return bodies_overlap(
        np.ascontiguousarray(one),
        np.ascontiguousarray(other),
        np.array(d, float),
        radius,
        np.empty((6, 3)),
    )


def share_a_point(one, other, d) -> bool:
    """Whether convex combinations of both sets of corners meet: a linear program."""
    n, m = len(one), len(other)
    equal = np.zeros((5, n + m))
    equal[:3, :n], equal[:3, n:] = one.T, -(other + d).T
    equal[3, :n] = equal[4, n:] = 1.0
    return bool(linprog(np.zeros(n + m), A_eq=equal, b_eq=[0, 0, 0, 1, 1], method="highs").success)


@pytest.mark.parametrize("flat", [False, True])
def test_random_hulls_overlap_where_a_linear_program_says_so(flat):
    random, seen = np.random.default_rng(3), []
    for _ in range(150):
        one, other = random.normal(size=(random.integers(3, 9), 3)), random.normal(size=(6, 3))
        d = random.normal(size=3) * 1.6
        if flat:
            one[:, 2] = other[:, 2] = d[2] = 0.0
        seen.append(share_a_point(one, other, d))
        assert overlap(one, other, d) == seen[-1]
        # overlapping or not is the same seen from the other one
        assert overlap(other, one, -d) == seen[-1]
    assert 20 < sum(seen) < 130


def test_rounded_cubes_touch_at_the_distance_of_their_corners_edges_and_faces():
    for direction in ([1, 0, 0], [1, 1, 0], [1, 1, 1]):
        axis = np.array(direction, float)
        gap = 0.2 * axis / np.linalg.norm(axis)
        d = axis + gap  # along the axis, corner to corner, edge to edge, face to face
        assert not overlap(CUBE, CUBE, d, 0.2 * (1 - 1e-9))
        assert overlap(CUBE, CUBE, d, 0.2 * (1 + 1e-9))


def test_cubes_in_contact_are_told_apart_to_a_part_in_a_billion():
    turned = Rotation.from_rotvec([0.0, 0.0, np.pi / 4]).apply(CUBE)
    reach = 0.5 + np.sqrt(0.5)
    for shift in (0.0, 0.3, -0.2):
        assert overlap(CUBE, turned, [reach * (1 - 1e-9), shift, shift])
        assert not overlap(CUBE, turned, [reach * (1 + 1e-9), shift, shift])


def test_a_point_and_a_sphere():
    point = np.zeros((1, 3))
    assert overlap(point, CUBE, [0.0, 0.0, 0.49])
    assert not overlap(point, CUBE, [0.0, 0.0, 0.51])
    assert overlap(point, CUBE, [0.0, 0.0, 0.7], 0.21)
    assert not overlap(point, CUBE, [0.0, 0.0, 0.7], 0.19)
    assert overlap(CUBE, CUBE, [0.0, 0.0, 0.0])


@pytest.mark.parametrize("sides", [3, 4, 6])
@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-7, 1e-12])
def test_polygons_on_top_of_each_other_overlap(sides, distance):
    angles = 2 * np.pi * np.arange(sides) / sides
    corners = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    random = np.random.default_rng(sides)
    for _ in range(40):
        turned = Rotation.from_rotvec([0, 0, random.uniform(0, 2 * np.pi)]).apply(corners)
        angle = random.uniform(0, 2 * np.pi)
        assert overlap(corners, turned, distance * np.array([np.cos(angle), np.sin(angle), 0.0]))
