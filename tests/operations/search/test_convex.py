"""Overlaps of convex bodies against linear programs and closed formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar
from scipy.spatial.transform import Rotation

from operations.search.convex import bodies_overlap

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


def overlap(one, other, d, radius=0.0):
    return bodies_overlap(
        np.ascontiguousarray(one),
        np.ascontiguousarray(other),
        np.array(d, float),
        radius,
        np.empty((7, 3)),
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


def contact(one, other, d) -> float:
    """Contact function of ellipsoids with these semiaxes: their distance squared over that at which
    they touch (J. W. Perram, M. S. Wertheim, J. Comput. Phys. 58, 409 (1985))."""
    first, second = one.T @ one, other.T @ other

    def negative(part):
        between = (1.0 - part) * first + part * second
        return -part * (1.0 - part) * d @ np.linalg.solve(between, d)

    return -minimize_scalar(negative, bounds=(0, 1), method="bounded", options={"xatol": 1e-13}).fun


@pytest.mark.parametrize(
    "semiaxes", [[1, 1, 5], [1, 1, 0.2], [0.5, 1, 2], [1, 1, 50], [1, 1, 0.02]]
)
def test_ellipsoids_touch_where_perram_and_wertheim_say_so(semiaxes):
    random, scratch = np.random.default_rng(1), np.empty((7, 3))
    for turns in Rotation.random(300, random_state=random).as_matrix().reshape(-1, 2, 3, 3):
        one, other = (np.ascontiguousarray((turn * semiaxes).T) for turn in turns)
        d = random.normal(size=3)
        touching = d / np.sqrt(contact(one, other, d))
        for gap in (-1e-8, 1e-8, -1e-2, 1e-2):
            found = bodies_overlap(one, other, touching * (1 + gap), 0.0, scratch, True, True)
            assert found == (gap < 0)


def test_an_ellipsoid_and_a_cube_touch_where_the_ellipsoid_of_their_distance_does():
    """In axes in which the ellipsoid is a sphere the cube is another hull, at a distance of 1."""
    random, scratch = np.random.default_rng(2), np.empty((7, 3))
    for turn in Rotation.random(100, random_state=random).as_matrix():
        semiaxes = np.ascontiguousarray((turn * [0.3, 0.6, 1.5]).T)
        d = random.normal(size=3)
        skewed = np.ascontiguousarray(CUBE @ np.linalg.inv(semiaxes))
        center = d @ np.linalg.inv(semiaxes)
        for scale in random.uniform(0.3, 2.0, 5):
            as_sphere = overlap(np.zeros((1, 3)), skewed, center * scale, 1.0)
            assert bodies_overlap(semiaxes, CUBE, d * scale, 0.0, scratch, True, False) == as_sphere
            assert (
                bodies_overlap(CUBE, semiaxes, -d * scale, 0.0, scratch, False, True) == as_sphere
            )


def segments(one, other, d) -> float:
    """Shortest distance of two segments with these halves: C. Vega, S. Lago, Comput. Chem. 18, 55
    (1994), by trying all edges and the inside of the square of both parameters."""
    best = np.inf
    cross = one @ other
    det = (one @ one) * (other @ other) - cross * cross
    if det > 1e-12:
        x = ((other @ other) * (one @ d) - cross * (other @ d)) / det
        y = (cross * (one @ d) - (one @ one) * (other @ d)) / det
        if max(abs(x), abs(y)) <= 1:
            best = np.linalg.norm(d + y * other - x * one)
    for end in (-1.0, 1.0):
        x = np.clip(one @ (d + end * other) / (one @ one), -1, 1)
        y = np.clip(-other @ (d - end * one) / (other @ other), -1, 1)
        best = min(best, np.linalg.norm(d + end * other - x * one))
        best = min(best, np.linalg.norm(d + y * other - end * one))
    return float(best)


@pytest.mark.parametrize("length", [0.5, 5.0, 100.0])
def test_spherocylinders_touch_at_the_distance_of_their_axes(length):
    random = np.random.default_rng(4)
    for _ in range(500):
        one, other, d = random.normal(size=(3, 3))
        one, other = (0.5 * length * axis / np.linalg.norm(axis) for axis in (one, other))
        d *= 0.3 * length
        distance = segments(one, other, d)
        both = np.array([-one, one]), np.array([-other, other])
        assert overlap(*both, d, distance * (1 + 1e-7))
        assert not overlap(*both, d, distance * (1 - 1e-7))
