"""Clusters made larger and smaller, and whether they hang together."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.search.fragments import in_one_piece, within_cutoffs
from operations.search.kernels import Kernel, make_kernel
from operations.search.minimise import make_problem, minimise
from operations.search.resize import resized
from workspace_schema.interactions import Interactions

R0 = 2 ** (1 / 6)


def kernel(types: str = "A", r_cut: float = 100.0) -> Kernel:
    functions = Interactions.model_validate({"form": "lennard_jones", "r_cut": r_cut})
    return make_kernel(pair_functions(functions, list(types)))


def cluster(positions, types=None, names=("A",)) -> Configuration:
    box = np.array([20.0] * 3 + [0.0] * 3)
    types = np.zeros(len(positions)) if types is None else np.array(types)
    return Configuration(np.array(positions), box, 3, types, names, periodic=False)


def icosahedron() -> np.ndarray:
    """Thirteen particles, the centre first."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    shell = np.array([np.roll(corner, k) for corner in corners for k in range(3)])
    return np.concatenate([np.zeros((1, 3)), shell * R0 / np.sqrt(1 + golden**2)])


def test_a_particle_more_sits_on_three_others():
    r = resized(kernel(), cluster(icosahedron()), np.array([14]), R0)
    assert r.shape == (14, 3)
    touching = np.linalg.norm(r[:13] - r[13], axis=1) < 1.2 * R0
    assert touching.sum() == 3
    found = minimise(kernel(), cluster(r))
    assert found.energy == pytest.approx(-47.845157, abs=1e-5)


def test_the_least_bound_particle_goes_first():
    r = np.concatenate([icosahedron(), [[3.0, 0.1, 0.2]]])
    smaller = resized(kernel(), cluster(r), np.array([13]), R0)
    np.testing.assert_array_equal(smaller, r[:13])


def test_types_are_counted_apart():
    r, types = icosahedron(), [1] + [0] * 12
    found = resized(kernel("AB"), cluster(r, types, ("A", "B")), np.array([11, 3]), R0)
    # sorted by type: B was the centre, and two more came to the surface
    assert len(found) == 14
    np.testing.assert_array_equal(found[11], r[0])


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_from_a_single_particle(n):
    r = resized(kernel(), cluster(np.zeros((1, 3))), np.array([n]), R0)
    gaps = np.linalg.norm(r[:, None] - r, axis=2) + 9 * np.eye(n)
    assert len(r) == n
    assert n == 1 or gaps.min() > 0.8 * R0


@pytest.mark.parametrize(("gap", "whole"), [(1.3, True), (1.7, False)])
def test_two_pairs_hang_together_within_the_cut_off(gap, whole):
    r = cluster([[0, 0, 0], [1 + gap, 0, 0], [1.0, 0, 0], [2 + gap, 0, 0]])
    problem, v = make_problem(kernel(r_cut=1.5), r)
    assert in_one_piece(within_cutoffs(problem, v)) == whole
