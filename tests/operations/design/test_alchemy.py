"""Designs by alchemy: distributions of parameters, exact where integrals say them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from operations.design.alchemy import BINS, Alchemy
from operations.interactions.pair_functions import PairFunction
from operations.jobs.driver import drive
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file
from workspace_schema.interactions import Interactions

GAUSS = {
    "form": "lennard_jones_gauss",
    "r0": {"free": [1.2, 1.8]},
    "epsilon": 3.0,
    "r_cut": 2.0,
    "truncation": "shift",
}


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design by alchemy."""

    def make(n, potential=GAUSS, **method):
        (task,) = tasks(
            system={"particles": {"A": n}},
            potential={"epsilon": None, "r0": None} | potential,
            method={"name": "design", "by": "alchemy", "steps": 3000} | method,
            settings={"engine": "lammps"},
        )
        return task

    return make


def exact(potential, density, kT):
    """Values of r0 and their probability: the integral of exp(-u/kT) over a square box."""
    edge = np.sqrt(2.0 / density)
    line = (np.arange(1200) + 0.5) / 1200 * edge / 2
    r = np.hypot(*np.meshgrid(line, line))
    x = np.linspace(1.2, 1.8, 121)
    form = Interactions.model_validate(potential).base
    z = [np.exp(-PairFunction(form.at({"r0": one})).energy(r) / kT).sum() for one in x]
    return x, np.array(z) / np.trapezoid(z, x)


@pytest.mark.physical_validation
def test_two_particles_have_the_exact_distribution(design):
    task = design(2, target="fluid", kT=0.7, number_density=0.11, steps=500, updates=2000)
    drive(task)
    found = result(task)["design"]
    row = found["distributions"]["r0"]
    x, p = exact(GAUSS, 0.11, 0.7)
    mean = np.trapezoid(x * p, x)
    print(f"mean r0 {row['mean']:.4f} ± {row['mean_error']:.4f}, exact {mean:.4f}")
    assert row["mean"] == pytest.approx(mean, abs=3.0 * row["mean_error"])
    assert row["mean_error"] < 0.015
    # kT dP/dx = f P, so that the mean force is kT (P(high) - P(low))
    force = 0.5 * 0.7 * (p[-1] - p[0])  # per particle
    print(f"force {row['conjugate_force']:.4f} ± {row['conjugate_force_error']:.4f}, {force:.4f}")
    assert row["conjugate_force"] == pytest.approx(force, abs=3.0 * row["conjugate_force_error"])


def test_moves_have_the_weight_of_the_energy(design):
    """Without motion: particles at one distance, whose energy alone decides."""
    task = design(2, target="fluid", kT=0.7, number_density=0.11, updates=50)
    method = Alchemy(task)
    state = method.start()
    configuration = method._fluctuating.engine(state.x).configuration(state.engine)
    configuration.positions[:] = [[0.0, 0.0, 0.0], [1.4, 0.0, 0.0]]
    seen = []
    state.width[:] = 0.3
    for state.update in range(20, 320):
        method._moved(state, configuration)
        seen.append(state.values[-1, 0])
    x = np.linspace(0.0, 1.0, 1001)
    weight = np.exp(3.0 * np.exp(-((1.4 - 1.2 - 0.6 * x) ** 2) / 0.04) / 0.7)
    # what the truncation takes away depends on r0, too
    weight *= np.exp(-3.0 * np.exp(-((2.0 - 1.2 - 0.6 * x) ** 2) / 0.04) / 0.7)
    expected = np.sum(x * weight) / np.sum(weight)
    error = np.std([part.mean() for part in np.array_split(seen, 10)], ddof=1) / np.sqrt(10)
    assert error < 0.03
    assert np.mean(seen) == pytest.approx(expected, abs=4.0 * error)


def test_a_crystal_is_held_and_the_likeliest_is_written(design):
    gauss = GAUSS | {"r0": {"free": [1.3, 1.5]}, "epsilon": 2.0}
    task = design(36, gauss, target="square", kT=0.1, number_density=1.0, steps=20, updates=60)
    drive(task)
    found = result(task)["design"]
    assert found["held"] == ["square"] * 8  # equilibration is not looked at
    assert found["held_share"] == 1.0
    assert 1.3 < found["parameters"]["r0"] < 1.5
    assert found["verdict"] in ("found", "undecided")
    assert table_file(task.root, task.id).exists() == (found["verdict"] == "found")
    row = found["distributions"]["r0"]
    assert np.sum(row["density"]) * 0.2 / BINS == pytest.approx(1.0)
    assert row["most_probable"] == pytest.approx(row["mean"], abs=0.02)
    assert 0.0 < row["accepted"] < 1.0


def test_a_crystal_that_does_not_hold_is_no_answer(design):
    task = design(36, target="honeycomb", kT=4.0, number_density=0.9, steps=100, updates=50)
    drive(task)
    found = result(task)["design"]
    assert found["verdict"] == "not found"
    assert "honeycomb does not hold" in found["reason"]


@pytest.mark.parametrize(
    ("target", "held", "verdict"),
    [
        ("square", ["square", "square", "rhombic", "unknown"], "found"),
        ("square", ["unknown", "rhombic", "rhombic", "square"], "not found"),
        ("fluid", ["fluid", "fluid", "unknown", "fluid"], "found"),
        ("fluid", ["fluid", "unknown", "unknown", "hexatic"], "not found"),
        ("fluid", ["square", "square", "square", "fluid"], "not found"),
    ],
)
def test_the_target_holds_at_half_of_all_looks(design, target, held, verdict):
    method = Alchemy(design(36, target=target, kT=0.5, number_density=1.0, updates=50))
    state = replace(method.start(), held=held)
    said, reason = method._verdict(state, {"r0": {"mean_error": 0.0}})
    assert said == verdict
    share = f"{target} does not hold: it is seen at 25% of the looks after equilibration ("
    assert reason.startswith(share if verdict == "not found" else "")
    assert ("rhombic 2, unknown 1, square 1" in reason) == (held[1] == "rhombic")


def test_the_judge_is_that_of_the_campaign(design):
    task = design(36, target="square", kT=0.1, number_density=1.0, updates=50)
    assert Alchemy(task).start().judge.startswith("two_dimensional")
    task = replace(task, settings=task.settings | {"labels": {"model": "learned"}})
    assert Alchemy(task).start().judge.startswith("learned")


def test_continued_at_every_look(design):
    task = design(36, target="square", kT=0.1, number_density=1.0, steps=10, updates=50)
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    _, continued = interrupted_at_every_checkpoint(task, Alchemy)
    assert without_time(continued) == whole
