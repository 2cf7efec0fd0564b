"""Minimisers against known minima, each other and finite differences; hostile starts end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.search.cells import height, in_box, reduced
from operations.search.kernels import Kernel, make_kernel
from operations.search.lbfgs import Outcome, evaluate
from operations.search.minimise import make_problem, minimise
from workspace_schema.interactions import Interactions

METHODS = ["lbfgs", "fire"]


def kernel(**potential) -> Kernel:
    return make_kernel(pair_functions(Interactions.model_validate(potential), ["A"]))


def cluster(positions) -> Configuration:
    n = len(positions)
    return Configuration(positions, [20.0] * 3 + [0.0] * 3, 3, np.zeros(n), periodic=False)


def crystal(seed: int, n: int, dimensions: int, size: float) -> Configuration:
    """Random particles in a random cell."""
    rng = np.random.default_rng(seed)
    cell = np.eye(3)
    cell[:dimensions, :dimensions] *= size
    cell[:dimensions, :dimensions] += 0.2 * size * rng.standard_normal((dimensions, dimensions))
    if np.linalg.det(cell) < 0.0:
        cell[0] *= -1.0
    fractional = rng.random((n, 3)) * ([1, 1, 1] if dimensions == 3 else [1, 1, 0])
    return in_box(cell, fractional @ cell, np.zeros(n, int), ["A"], dimensions)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "energy"), [(2, -1.0), (3, -3.0), (4, -6.0)])
def test_smallest_clusters(method, n, energy):
    """All pairs at the minimum of the potential."""
    start = cluster(np.random.default_rng(n).random((n, 3)) * 1.5)
    found = minimise(kernel(form="lennard_jones", r_cut=100.0), start, method=method)
    assert found.outcome == Outcome.CONVERGED
    assert found.energy == pytest.approx(energy, abs=1e-9)
    assert found.enthalpy == found.energy


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pressure", [0.0, 5.0])
def test_enthalpy_has_no_slope_by_any_strain(method, pressure):
    k = kernel(form="lennard_jones", r_cut=3.0)
    found = minimise(k, crystal(1, 4, 3, 1.6), pressure, method=method)
    assert found.outcome == Outcome.CONVERGED
    energy, forces, virial = k.evaluate(found.configuration)
    assert energy == pytest.approx(found.energy, abs=1e-9)
    assert np.abs(forces).max() < 1e-5
    stress = virial / found.configuration.volume
    np.testing.assert_allclose(stress, pressure * np.eye(3), atol=1e-5)
    volume = found.configuration.volume
    assert found.enthalpy == pytest.approx(energy + pressure * volume, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_two_dimensional_lennard_jones_is_hexagonal(seed):
    k = kernel(form="lennard_jones", r_cut=3.0)
    found = minimise(k, crystal(seed, 1, 2, 1.3), 0.0)
    a, b = found.configuration.cell[:2]
    assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b), rel=1e-4)
    assert abs(a @ b) / (a @ a) == pytest.approx(0.5, abs=1e-4)
    assert found.configuration.cell[2].tolist() == [0, 0, 1]


def test_enthalpy_at_pressure_is_that_of_the_fcc_lattice_sum():
    """Truncated lattice sum of fcc, its lattice constant minimised apart."""
    from scipy.optimize import minimize_scalar

    sites = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 3, indexing="ij"), -1).reshape(-1, 3)
    sites = sites[(sites.sum(axis=1) % 2 == 0) & (np.abs(sites).sum(axis=1) > 0)] / 2

    def enthalpy(a: float) -> float:
        r = a * np.linalg.norm(sites, axis=1)
        r = r[r < 2.5]
        return 0.5 * (4 * (r**-12 - r**-6)).sum() + 10.0 * a**3 / 4

    expected = minimize_scalar(enthalpy, bracket=(1.4, 1.5)).fun
    start = crystal(2, 1, 3, 1.1)
    found = minimise(kernel(form="lennard_jones", r_cut=2.5), start, 10.0)
    assert found.enthalpy == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("pressure", [None, 1.3])
def test_gradient_is_the_derivative(dimensions, pressure):
    k = kernel(form="lennard_jones_gauss")
    problem, v = make_problem(k, crystal(5, 6, dimensions, 3.0), pressure)
    plane = np.ones((3, len(v) // 3), dtype=bool).ravel()
    if dimensions == 2:
        plane[12:18] = False
        plane[18:] = [True, True, False] * 2 + [False] * 3 if pressure is not None else []
    v += 0.05 * np.random.default_rng(6).standard_normal(len(v)) * plane
    gradient = np.zeros_like(v)
    evaluate(k.sum(True), problem, v, gradient)
    for i in np.flatnonzero(plane):
        sides = []
        for step in (1e-5, -1e-5):
            w = v.copy()
            w[i] += step
            sides.append(evaluate(k.sum(True), problem, w, np.zeros_like(v)))
        numeric = (sides[0] - sides[1]) / 2e-5
        assert numeric == pytest.approx(gradient[i], rel=1e-5, abs=1e-5 * np.abs(gradient).max())
    assert not gradient[~plane].any()


@pytest.mark.parametrize("method", METHODS)
def test_coincident_particles_are_rejected(method):
    found = minimise(
        kernel(form="lennard_jones", r_cut=100.0), cluster(np.zeros((3, 3))), method=method
    )
    assert found.outcome == Outcome.COLLAPSED


@pytest.mark.parametrize("method", METHODS)
def test_false_inner_well_is_rejected(method):
    """Attraction at all distances: the cell collapses."""
    k = kernel(form="expression", formula="-exp(-r**2)", r_cut=3.0)
    found = minimise(k, crystal(3, 2, 3, 1.2), 0.0, method=method, max_evaluations=20_000)
    assert found.outcome != Outcome.CONVERGED
    assert found.evaluations <= 20_000


@pytest.mark.parametrize("method", METHODS)
def test_repulsion_without_pressure_flies_apart(method):
    k = kernel(form="inverse_power", n=12, r_cut=3.0)
    found = minimise(k, crystal(3, 2, 3, 1.2), 0.0, method=method)
    assert found.outcome in (Outcome.DISPERSED, Outcome.CONVERGED)
    # Beyond the cut-off nothing acts any more.
    assert found.outcome == Outcome.DISPERSED or abs(found.energy) < 1e-6


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(3))
def test_flat_cells_end(method, seed):
    """A cell with an angle near 0: thousands of images, then rejected or rescued."""
    cell = np.array([[1.0, 0, 0], [3.0, 1e-3, 0], [0.2, 0.1, 1.5]])
    rng = np.random.default_rng(seed)
    start = in_box(cell, rng.random((2, 3)) @ cell, np.zeros(2, int), ["A"], 3)
    found = minimise(
        kernel(form="lennard_jones", r_cut=3.0), start, 0.0, method=method, max_evaluations=500
    )
    assert found.evaluations <= 500


def test_a_ramp_is_gone_down_to_its_end():
    """Its force is constant: a step says nothing of the curvature, and yet leads down."""
    ramp = kernel(form="expression", formula="1 - r / 2", r_cut=2.0)
    found = minimise(ramp, cluster([[0.0, 0, 0], [0.3, 0, 0]]), method="lbfgs")
    assert found.energy == pytest.approx(0.0, abs=1e-6)


def test_jumps_at_the_cut_off_do_not_stop_it():
    """Energy jumps up on the way downhill where a pair leaves the cut-off of an unshifted form."""
    charges = {"form": "screened_charges", "A": 1.0, "kappa": 2.0, "n": 36, "r_cut": 4.0}
    functions = Interactions.model_validate(charges | {"pairs": {"A-B": {"A": -1.0}}})
    k = make_kernel(pair_functions(functions, ["A", "B"]))
    outcomes = []
    for seed in range(20):
        start = crystal(seed, 8, 3, 2.2)
        start = replace(start, types=np.arange(8) % 2, type_names=("A", "B"))
        found = minimise(k, start, 30.0, tolerance=3e-3, max_evaluations=1500)
        outcomes.append(found.outcome)
    # A minimum may lie at a jump itself.
    assert outcomes.count(Outcome.CONVERGED) >= 18


@pytest.mark.parametrize("seed", range(20))
def test_reduced_cell_spans_the_same_lattice(seed):
    rng = np.random.default_rng(seed)
    dimensions = 2 + seed % 2
    cell = np.eye(3)
    cell[:dimensions, :dimensions] = rng.standard_normal((dimensions, dimensions))
    if np.linalg.det(cell) < 0.0:
        cell[0] *= -1
    sheared = np.eye(3)
    for _ in range(6):
        i, j = rng.permutation(dimensions)[:2]
        step = np.eye(3)
        step[i, j] = rng.integers(-4, 5)
        sheared = step @ sheared
    short = reduced(sheared @ cell, dimensions)
    combination = short @ np.linalg.inv(cell)
    np.testing.assert_allclose(combination, np.round(combination), atol=1e-6)
    assert np.linalg.det(short) == pytest.approx(np.linalg.det(cell), rel=1e-6)
    # The shortest lattice vector is one of them.
    grid = np.stack(np.meshgrid(*[np.arange(-6, 7)] * dimensions, indexing="ij"), -1)
    vectors = grid.reshape(-1, dimensions) @ cell[:dimensions]
    lengths = np.linalg.norm(vectors, axis=1)
    shortest = np.linalg.norm(short[:dimensions], axis=1).min()
    assert shortest <= lengths[lengths > 0].min() * (1 + 1e-6)
    assert height(short, dimensions) > 0.0
