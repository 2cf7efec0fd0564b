"""Designs by gradient: derivatives through trajectories, continuation, and what assembles."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.gradient import LAST, Gradient, _displacements, _fall
from operations.engines import ExplodedError
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
        pytest.param(
            {"form": "dzugutov", "B": {"free": [1.0, 1.5]}, "b": {"free": [1.9, 2.0]}}
            | {"d": {"free": [0.2, 0.3]}},
            marks=pytest.mark.physical_validation,
        ),
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
def test_continued_at_every_update(design):
    task = design(SPLINES | {"shape": "monotone"})
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    found = whole["design"]
    assert found["updates"] == 3
    assert found["verdict"] == "undecided"
    assert found["reason"] == "assembled 0 of 3 replicas"
    assert len(found["replicas"]) == 3
    assert found["history"][0]["loss"] > 0.0
    assert not table_file(task.root, task.id).exists()
    _, continued = interrupted_at_every_checkpoint(task, Gradient)
    assert without_time(continued) == whole


def test_a_slow_fall_is_told_with_its_error():
    """Of losses that halve every 500 updates, with a scatter of a fifth."""
    losses = 0.5 ** (np.arange(LAST) / 500.0)
    exact = losses[: LAST // 2].mean() - losses[LAST // 2 :].mean()
    off = []
    for seed in range(400):
        noise = 1.0 + 0.2 * np.random.default_rng(seed).standard_normal(LAST)
        fall, error = _fall([{"loss": value} for value in losses * noise])
        off.append((fall - exact) / error)
    assert np.mean(off) == pytest.approx(0.0, abs=0.2)
    assert np.std(off) == pytest.approx(1.0, abs=0.15)


def with_losses(method, losses):
    """The method, of which trajectories give what a function of the point says."""
    method.__dict__["_losses"] = lambda x, *_: losses(x)
    return method


def test_a_longer_design_goes_on_although_its_loss_is_flat(design):
    def flat(x):
        return np.ones(4), np.zeros((4, 2))

    method = with_losses(Gradient(design(GAUSS, updates=2)), flat)
    state = method.start()
    for _ in range(150):
        method._update(state)
    method.save(state, method._task.folder / "design.npz")
    longer = with_losses(Gradient(design(GAUSS, updates=160)), flat)
    state = longer.start()
    for _ in range(10):
        state = longer.step(state)
    assert len(state.history) == 160
    assert state.replicas == []


def test_a_coefficient_that_has_met_zero_comes_back(design):
    """Coefficients are squares: at 0 they have no slope."""
    method = Gradient(design(SPLINES | {"shape": "convex"}))
    state = method.start()
    state.x[0] = 0.03

    def losses(x):
        wanted = 0.0 if len(state.history) < 5 else 0.4
        return np.ones(4), np.tile(4.0 * x * (x**2 - wanted**2), (4, 1))

    with_losses(method, losses)
    for _ in range(200):
        method._update(state)
    assert np.abs(state.x) == pytest.approx(np.full(len(state.x), 0.4), abs=0.02)


def test_explosions_are_counted_and_cost(design):
    """One of four trajectories explodes where r0 is beyond its middle."""

    def losses(x):
        gone = np.array([np.nan if x[1] > 0.5 else 0.2, 0.2, 0.2, 0.2])
        return gone, np.tile([0.0, -1.0], (4, 1))

    method = with_losses(Gradient(design(GAUSS)), losses)
    state = method.start()
    state.safe, state.x = np.array([0.5, 0.4]), np.array([0.5, 0.6])
    method._update(state)
    assert state.history[0]["exploded"] == 1
    assert state.history[0]["loss"] == pytest.approx((1.0 + 3 * 0.2) / 4)
    assert state.x == pytest.approx([0.5, 0.5])
    for _ in range(50):
        method._update(state)
    assert 0.45 < state.x[1] < 0.55
    with_losses(method, lambda x: (np.full(4, np.nan), np.zeros((4, 2))))
    state.x = state.safe
    with pytest.raises(ExplodedError, match="no trajectory has a finite gradient"):
        method._update(state)


def test_a_point_that_is_no_potential_is_not_gone_to(design):
    """Exponents of Mie have an order."""
    mie = {"form": "mie", "n": {"free": [7.0, 14.0]}, "m": {"free": [5.0, 10.0]}, "r_cut": 2.0}
    method = Gradient(design(mie))
    down = np.tile(
        [1.0 if name == "n" else -1.0 for name in method._unknowns.of["A-A"].form.free], (4, 1)
    )
    with_losses(method, lambda x: (np.ones(4), down))
    state = method.start()
    for _ in range(60):
        method._update(state)
    (found,) = method._unknowns.described(state.x).values()
    assert 0.0 < found["parameters"]["n"] - found["parameters"]["m"] < 0.5


def test_displacements_are_those_of_a_gaussian_within_twice_its_width():
    far = np.linalg.norm(_displacements(np.random.default_rng(1), (40_000, 2)), axis=1)
    assert far.max() < 2.0
    # ∫ r³ exp(-r²/2) over ∫ r exp(-r²/2), up to 2
    assert (far**2).mean() == pytest.approx(2.0 - 4.0 / (np.exp(2.0) - 1.0), rel=0.01)


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
