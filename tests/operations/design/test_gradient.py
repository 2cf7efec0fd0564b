"""Designs by gradient: derivatives through trajectories, continuation, and what assembles."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.gradient import PATIENCE, Gradient, State, _settled
from operations.jobs.driver import drive
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file

pytest.importorskip("jax", reason="needs JAX (extra jax)")

GAUSS = {
    "form": "lennard_jones_gauss",
    "epsilon": {"free": [0.5, 3.0]},
    "r0": {"free": [1.2, 1.9]},
    "r_cut": 2.0,
}
SPLINES = {"form": "designed", "coefficients": 8, "r_cut": 2.0}
SHORT = {"name": "design", "by": "gradient", "number_density": 1.0, "kT": 0.2, "steps": 200}


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design by gradient."""

    def make(potential, n=36, **method):
        (task,) = tasks(
            system={"particles": {"A": n}},
            potential={"epsilon": None, "r0": None} | potential,
            method=SHORT | {"target": "square", "window": 20, "updates": 3} | method,
            settings={"engine": "lammps"},
        )
        return task

    return make


def starts(method):
    """Arguments of the losses: two trajectories of which particles are spread."""
    random = np.random.default_rng(3)
    positions = method._target.positions[:, :2] + 0.05 * random.standard_normal((2, 36, 2))
    return positions, 0.4 * random.standard_normal((2, 36, 2)), np.array([1, 2])


@pytest.mark.slow
@pytest.mark.parametrize(
    "potential",
    [
        GAUSS | {"truncation": "force_shift"},
        GAUSS | {"truncation": "xplor", "r_on": 1.7},
        {"form": "expression", "formula": "k * erf(2 - r) / r**6", "r_cut": 2.0}
        | {"parameters": {"k": {"free": [1.0, 9.0]}}},
        *(SPLINES | {"shape": shape} for shape in ("free", "convex", "monotone")),
    ],
)
def test_gradients_are_those_of_differences(design, potential):
    method = Gradient(design(potential))
    x = method.start().x
    x = np.clip(x, 0.1, 0.9)
    arguments = starts(method)
    _, gradients = method._losses(x, *arguments)
    direction = np.random.default_rng(1).standard_normal(len(x))
    step = 1e-5
    high, low = (method._losses(x + sign * step * direction, *arguments)[0] for sign in (1, -1))
    assert np.abs(gradients @ direction).max() > 1e-4
    assert gradients @ direction == pytest.approx((high - low) / (2.0 * step), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    "potential",
    [
        GAUSS,
        GAUSS | {"truncation": "xplor", "r_on": 1.7},
        {"form": "wca", "sigma": {"free": [0.8, 1.2]}},
    ]
    + [SPLINES | {"shape": shape} for shape in ("free", "convex", "monotone")],
)
def test_the_force_is_that_of_engines(design, potential):
    from operations.design.differentiable import cut_off, force_of

    method = Gradient(design(potential))
    _ = method._losses  # which sets double precision
    (unknowns,) = method._unknowns.of.values()
    r = np.linspace(0.6, 2.1, 50)
    x = np.linspace(0.9, 0.5, len(unknowns.start))  # repels at the first knot
    exact = unknowns.function(x).force(r)
    found = np.asarray(force_of(unknowns)(x, r, cut_off(unknowns, x)))
    assert found == pytest.approx(exact, rel=2e-4, abs=1e-5)  # of the wall, from a table


@pytest.mark.parametrize(
    "potential",
    [
        {"form": "dzugutov", "B": {"free": [1.0, 1.5]}, "b": {"free": [1.9, 2.0]}}
        | {"d": {"free": [0.2, 0.3]}},
        {"form": "hertzian", "epsilon": {"free": [5.0, 9.0]}, "sigma": {"free": [1.2, 1.9]}},
        {"form": "wca", "sigma": {"free": [0.8, 1.2]}},
        {"form": "expression", "formula": "where(r < a, exp(1 / (r - a)), 0) + abs(r - a) / r**12"}
        | {"r_cut": 2.0, "parameters": {"a": {"free": [1.2, 1.9]}}},
    ],
)
def test_pieces_that_do_not_hold_at_a_distance_add_nothing(design, potential):
    """To derivatives of the force; some are infinite there, or beyond the cut-off."""
    import jax

    from operations.design.differentiable import cut_off, force_of

    method = Gradient(design(potential))
    _ = method._losses  # which sets double precision
    assert jax.config.jax_platforms == "cpu"
    (unknowns,) = method._unknowns.of.values()
    x = np.linspace(0.3, 0.6, len(unknowns.start))
    reach = cut_off(unknowns, x)
    r = jax.numpy.asarray(np.append(np.linspace(0.9, 2.1, 60), reach))
    weights = np.cos(3.0 * r)

    def total(x, r):
        return weights @ force_of(unknowns)(x, r, reach)

    by_x, by_r = (np.asarray(one) for one in jax.grad(total, argnums=(0, 1))(x, r))
    h = 1e-6
    differences = [(total(x + by, r) - total(x - by, r)) / (2.0 * h) for by in h * np.eye(len(x))]
    assert by_x == pytest.approx(np.array(differences), rel=1e-5)
    by = h * (r < reach)
    difference = (total(x, r + by) - total(x, r - by)) / (2.0 * h)
    assert np.isfinite(by_r).all()
    assert by_r.sum() == pytest.approx(float(difference), rel=1e-3)


def test_the_loss_of_a_crystal_is_that_of_its_displacements(design):
    """At rest and cold, the perfect crystal stays; where one is stretched, it is that far off."""
    method = Gradient(design(GAUSS, kT=1e-12))
    _, velocities, seeds = starts(method)
    crystal = np.repeat(method._target.positions[None, :, :2], 2, axis=0)
    crystal[1, 0, 0] += 0.3
    losses, _ = method._losses(np.array([0.5, 0.3]), crystal, 0.0 * velocities, seeds)
    assert losses[0] == pytest.approx(0.0, abs=1e-6)
    assert 1e-4 < losses[1] < 0.3**2


@pytest.mark.slow
@pytest.mark.parametrize("potential", [GAUSS, SPLINES | {"shape": "monotone"}])
def test_continued_at_every_update(design, potential):
    task = design(potential)
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    found = whole["design"]
    assert found["updates"] == 3
    assert found["verdict"] == "undecided"
    assert found["reason"] == "assembled 0 of 3 replicas, and the updates are spent"
    assert len(found["replicas"]) == 3
    assert found["history"][0]["loss"] > 0.0
    assert not table_file(task.root, task.id).exists()
    _, continued = interrupted_at_every_checkpoint(task, Gradient)
    assert without_time(continued) == whole


def test_the_loss_has_settled_where_it_falls_no_longer():
    def state(values):
        return State(*np.zeros((3, 1)), history=[{"loss": value} for value in values])

    falling = np.linspace(1.0, 0.5, 2 * PATIENCE)
    assert not _settled(state(falling))
    assert not _settled(state(falling[:PATIENCE]))
    assert _settled(state(0.5 + 0.01 * np.cos(np.arange(2 * PATIENCE))))


@pytest.mark.physical_validation
def test_a_square_lattice_from_random_parameters(design):
    run = {"kT": {"ramp": [1.0, 0.1]}, "steps": 20_000}
    potential = GAUSS | {"r0": {"free": [1.2, 1.8]}}
    task = design(potential, **run, window=100, updates=100)
    drive(task)
    found = result(task)["design"]
    print(found["history"][0], found["history"][-1], found["replicas"])
    assert found["verdict"] == "found"
    assert np.mean([line["loss"] for line in found["history"][-20:]]) < found["history"][0]["loss"]
    # the second neighbours are in the second well
    assert found["parameters"]["r0"] == pytest.approx(np.sqrt(2.0), abs=0.05)
