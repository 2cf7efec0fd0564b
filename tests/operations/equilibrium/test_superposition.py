"""Clusters by their minima: point groups, vibrations and what they add up to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from analysis.configuration import Configuration
from operations.equilibrium.superposition import Superposition, point_group_order
from operations.interactions.pair_functions import pair_functions
from operations.search.kernels import make_kernel
from operations.search.point_groups import point_groups
from workspace_schema.interactions import Interactions

LJ = make_kernel(
    pair_functions(Interactions.model_validate({"form": "lennard_jones", "r_cut": 100.0}), ["A"])
)
R0 = 2.0 ** (1 / 6)


def cluster(points, d=3, types=None):
    x = np.zeros((len(points), 3))
    x[:, :d] = points
    types = np.zeros(len(x), dtype=int) if types is None else np.array(types)
    names = ("A", "B")[: types.max() + 1]
    box = np.array([30.0, 30.0, 30.0 if d == 3 else 1.0, 0.0, 0.0, 0.0])
    turned = x @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0] if d == 3 else x
    return Configuration(turned, box, d, types, names, periodic=False)


@pytest.mark.parametrize("name", ["Oh", "Ih", "Td", "D3h", "C2v", "C5", "S4", "Ci", "Cs"])
def test_a_cluster_has_as_many_symmetries_as_its_point_group(name) -> None:
    group = point_groups(3)[name]
    seeds = np.random.default_rng(2).normal(size=(3, 3)) * [[1.0], [2.0], [3.0]]
    points = np.concatenate([group @ seed for seed in seeds])
    assert point_group_order(cluster(points), 1e-3) == len(group)


def test_symmetries_of_rings_chains_and_unlike_particles() -> None:
    angle = 2.0 * np.pi * np.arange(4) / 4
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    assert point_group_order(cluster(ring, 2), 1e-3) == 8
    assert point_group_order(cluster(ring, 2, [0, 1, 0, 1]), 1e-3) == 4
    assert point_group_order(cluster(ring, 2, [0, 0, 1, 1]), 1e-3) == 2
    flat = np.column_stack([ring, np.zeros(4)])
    assert point_group_order(cluster(flat), 1e-3) == 16
    line = np.array([[-1.0, 0, 0], [0, 0, 0], [1, 0, 0]])
    assert point_group_order(cluster(line), 1e-3) == 4
    assert point_group_order(cluster(line, types=[0, 0, 1]), 1e-3) == 2


def test_a_dimer_is_a_spring_that_turns() -> None:
    found = Superposition.of([cluster([[0, 0, 0], [R0, 0, 0]])], LJ, R0)
    assert found.modes == 1
    assert found.energies == pytest.approx([-1.0])
    # a spring of stiffness 57.15 with both masses 1 has a curvature of twice that; the moment of
    # inertia about both axes is R0²/2
    expected = np.log(R0**2 / 2) - 0.5 * np.log(2 * 72 / R0**2) - np.log(4)
    assert found.weights == pytest.approx([expected], abs=1e-5)
    assert found.heat_capacity(np.array([0.1])) == pytest.approx([1.0])
    assert found.known_to(np.array([0.1])) is None


def test_two_minima_share_as_their_partition_functions_say() -> None:
    """Seven Lennard-Jones particles in the plane: a hexagon about one, C6v, and another piece of
    the lattice."""

    def energy(flat):
        value, forces, _ = LJ.evaluate(cluster(flat.reshape(7, 2), 2))
        return value, -forces[:, :2].ravel()

    a, b = np.array([R0, 0.0]), np.array([R0 / 2, R0 * np.sqrt(0.75)])
    pieces = (
        [(0, 0), (1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)],
        [(0, 0), (1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, 1)],
    )
    minima = []
    for piece in pieces:
        start = np.array([i * a + j * b for i, j in piece])
        end = minimize(energy, start.ravel(), jac=True, options={"gtol": 1e-9})
        minima.append(cluster(end.x.reshape(7, 2), 2))
    found = Superposition.of(minima, LJ, R0)
    assert found.orders.tolist() == [12, 1]
    assert found.modes == 11
    kT = np.array([0.02, 0.3])
    p = found.occupations(kT)
    assert p[0, 0] > 0.999
    ratio = np.exp(
        found.weights[1] - found.weights[0] - (found.energies[1] - found.energies[0]) / 0.3
    )
    assert p[1, 1] / p[1, 0] == pytest.approx(ratio)
    # heat capacity: by differences of the mean energy
    around = 0.3 + np.array([-1e-4, 1e-4])
    mean = found.occupations(around) @ found.energies + 11 * around
    slope = (mean[1] - mean[0]) / 2e-4
    assert found.heat_capacity(kT)[1] == pytest.approx(slope, rel=1e-5)
