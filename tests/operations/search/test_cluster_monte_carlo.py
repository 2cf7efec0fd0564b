"""Monte Carlo of clusters in a sphere."""

from __future__ import annotations

import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.search.cluster_monte_carlo import sweep_cluster
from operations.search.kernels import make_kernel
from workspace_schema.interactions import Interactions


def prepared(types, dimensions=3, **potential):
    """The kernel and the problem of particles of some types."""
    names = list("AB"[: max(types) + 1])
    kernel = make_kernel(pair_functions(Interactions.model_validate(potential), names))
    return kernel, kernel.problem(np.array(types), np.eye(3), dimensions)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_particles_without_forces_fill_the_sphere_of_their_centre_of_mass(dimensions) -> None:
    """Of two the distance has the density r^(d-1) up to twice the radius."""
    words = {"form": "expression", "formula": "1e-12*exp(-r**2)", "r_cut": 0.01}
    kernel, problem = prepared([0, 0], dimensions, **words)
    r, squares, random = np.zeros((3, 2)), [], np.random.default_rng(0)
    r[0] = [-0.5, 0.5]
    for _ in range(4000):
        sweep_cluster(kernel.pair_energies, problem, r, 0.8, 1.0, np.inf, 1.0, 10, random)
        squares.append(np.sum((r[:, 1] - r[:, 0]) ** 2))
    assert max(squares) <= 4.0 + 1e-9
    assert np.all(r[dimensions:] == 0.0)
    expected = 4.0 * dimensions / (dimensions + 2)
    assert np.mean(squares) == pytest.approx(expected, abs=4.0 * np.std(squares) / 4000**0.5)


def test_the_energy_is_that_of_the_kernel_and_outsiders_come_in() -> None:
    random = np.random.default_rng(1)
    r = random.uniform(-3.0, 3.0, (3, 8))
    words = {"form": "lennard_jones", "pairs": {"A-B": {"epsilon": 3.0}}}
    kernel, problem = prepared([0] * 4 + [1] * 4, **words)
    found = sweep_cluster(kernel.pair_energies, problem, r, 0.2, 0.5, np.inf, 1.6, 2000, random)
    energy, accepted = found
    assert 0.0 < accepted < 1.0
    away = np.linalg.norm(r - r.mean(axis=1, keepdims=True), axis=0)
    assert away.max() <= 1.6 + 1e-9
    pairs = np.empty((8, 8))
    kernel.pair_energies(problem, r, problem.types, r, problem.types, pairs)
    assert energy == pytest.approx(pairs[np.tril_indices(8, -1)].sum(), rel=1e-12)
