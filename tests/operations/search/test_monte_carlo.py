"""Monte Carlo samples the constant-pressure ensemble."""

from __future__ import annotations

import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.search.kernels import Kernel, make_kernel
from operations.search.monte_carlo import sweep
from workspace_schema.interactions import Interactions


def kernel(types: str = "A", **potential) -> Kernel:
    return make_kernel(pair_functions(Interactions.model_validate(potential), list(types)))


def run(k, types, dimensions, pressure, kT, sweeps, seed=1, largest=1e9, size=3.0):
    random = np.random.default_rng(seed)
    cell = np.eye(3)
    cell[:dimensions, :dimensions] *= size
    r = np.zeros((3, len(types)))
    r[:dimensions] = random.uniform(0, size, (dimensions, len(types)))
    lengths, enthalpies = np.array([0.3, 0.1]), np.empty(sweeps)
    problem = k.problem(np.array(types), cell, dimensions)._replace(pressure=pressure)
    end, evaluations = sweep(
        k.sum(True), problem, r, lengths, kT, np.inf, largest, 0.2, random, enthalpies
    )
    return enthalpies, end, evaluations, r, cell


@pytest.mark.parametrize(("dimensions", "n"), [(2, 4), (3, 4)])
def test_an_ideal_gas_has_the_volume_of_its_ensemble(dimensions: int, n: int) -> None:
    """The weight V^N exp(-PV/kT) of a cell gives <PV> = N kT, for whatever measure of its shape
    that does not depend on its size."""
    k = kernel(form="expression", formula="1e-12*exp(-r**2)", r_cut=0.01)
    enthalpies, *_ = run(k, [0] * n, dimensions, 2.0, 0.5, 20_000, size=1.0)
    assert enthalpies[1000:].mean() == pytest.approx(n * 0.5, rel=0.06)


def test_cooled_it_condenses_into_a_crystal() -> None:
    k = kernel(form="lennard_jones", r_cut=2.5)
    types = [0]
    enthalpies, end, _, _, cell = run(k, types, 2, 0.5, 0.001, 4000, size=1.5)
    assert end == enthalpies[-1]
    a, b = cell[:2, :2]
    assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b), rel=0.05)
    assert abs(a @ b) / (a @ a) == pytest.approx(0.5, abs=0.05)


def test_unlike_particles_are_exchanged() -> None:
    """Types that only an exchange can order: hard to move, A and B on the wrong sides."""
    k = kernel("AB", form="lennard_jones", pairs={"A-B": {"epsilon": 3.0}})
    before, *_ = run(k, [0, 0, 1, 1], 3, 0.0, 0.2, 10, seed=2, largest=60.0)
    after, *_ = run(k, [0, 0, 1, 1], 3, 0.0, 0.02, 4000, seed=2, largest=60.0)
    assert after[-1] < before[-1] - 5.0


def test_the_volume_is_bounded_and_evaluations_are_counted() -> None:
    k = kernel(form="inverse_power", n=12, r_cut=2.5)
    _, _, evaluations, _, cell = run(k, [0, 0], 3, 0.0, 1.0, 2000, largest=30.0)
    assert np.linalg.det(cell) <= 30.0
    assert evaluations <= 1 + 2000 * (2 + 2)


def test_a_seed_gives_the_same_chain() -> None:
    k = kernel(form="lennard_jones")
    one, other = (run(k, [0] * 3, 3, 1.0, 0.5, 200, seed=7) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[3], other[3])


def test_overlapping_particles_come_apart() -> None:
    """Energies that are not finite at the start do not stop a chain."""
    k = kernel(form="lennard_jones")
    problem = k.problem(np.zeros(3, dtype=int), np.eye(3) * 4.0, 3)._replace(pressure=1.0)
    lengths, random = np.array([0.3, 0.1]), np.random.default_rng(0)
    enthalpies = np.empty(500)
    sweep(
        k.sum(True), problem, np.zeros((3, 3)), lengths, 1.0, np.inf, 100.0, 0.2, random, enthalpies
    )
    assert np.isfinite(enthalpies[-1])
