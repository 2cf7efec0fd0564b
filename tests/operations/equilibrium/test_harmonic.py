"""Crystals in the plane with their energy to second order: modes by differences of energies, the
density of a pressure, and free energies of simulations as kT → 0."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium.crystal import Crystal
from operations.equilibrium.einstein import Displaced, finite
from operations.equilibrium.harmonic import Rest, stiffnesses
from operations.interactions.pair_functions import pair_functions
from operations.interactions.start import lattice
from operations.jobs.driver import drive
from tests.operations.interruptions import result
from workspace_schema.interactions import Interactions

#: A square crystal that holds.
FORM = {"form": "lennard_jones_gauss", "r0": 1.4, "epsilon": 1.3, "sigma2": 0.02, "r_cut": 2.3}


@pytest.fixture
def pair(tmp_path):
    words = Interactions.model_validate(FORM | {"truncation": "shift"})
    return pair_functions(words, ["A"], tmp_path)[0, 0]


def square(density, n=16):
    return lattice("square", {"A": n}, 2, density, np.random.default_rng(0))


def test_modes_are_second_differences_of_the_energy(pair) -> None:
    crystal, step = square(1.03, 9), 1e-4
    energy = Displaced.of(crystal, finite(pair), pair.r_cut)
    moves = np.zeros((18, 9, 3))
    moves[np.arange(18), np.arange(18) // 2, np.arange(18) % 2] = step
    matrix = np.array(
        [
            [energy(a + b) - energy(a - b) - energy(b - a) + energy(-a - b) for b in moves]
            for a in moves
        ]
    ) / (4.0 * step**2)
    expected = np.sort(np.linalg.eigvalsh(matrix))
    assert expected[2] > 1.0
    assert stiffnesses(crystal, pair) == pytest.approx(expected, abs=1e-4 * expected[-1])


def test_the_density_of_a_cold_crystal_has_the_pressure(pair) -> None:
    pressure, step = 2.0, 1e-3

    def energy(volume):
        crystal = square(1.0 / volume)
        near = Displaced.of(crystal, finite(pair), pair.r_cut)
        return near(np.zeros_like(near.sites)) / 16

    rest = Rest.at(square(1.0), pair, 1e-6, pressure)
    v = 1.0 / rest.number_density
    low, here, high = (energy(v + x) for x in (-step, 0.0, step))
    assert (low - high) / (2.0 * step) == pytest.approx(pressure, abs=0.02)
    curvature = (low - 2.0 * here + high) / step**2
    assert rest.compliance == pytest.approx(1.0 / curvature, rel=0.1)


def test_without_a_density_that_holds_it_says_so(pair) -> None:
    with pytest.raises(ValueError, match="no density at which the crystal holds"):
        Rest.at(square(1.0), pair, 1e-6, -50.0)


def task_of(tasks, root="root", **method):
    words = {"name": "free_energy", "phase": {"lattice": "square"}, "points": 8}
    (task,) = tasks(
        root=root,
        system={"dimensions": 2, "particles": {"A": 36}},
        potential=FORM,
        method=words | {"equilibration_steps": 500, "steps": 4000} | method,
        settings={"engine": "lammps"},
    )
    return task


def exact(crystal: Crystal, kT: float) -> float:
    """βF per particle as kT → 0, the centre of mass anywhere; of square all sites are one
    translation apart."""
    (pair,) = crystal._model.pairs.values()
    n, d = crystal.n, 2
    near = crystal.displaced
    modes = stiffnesses(crystal.crystal, pair)[d:]
    total = near(np.zeros_like(near.sites)) / kT + 0.5 * np.log(modes / (2.0 * np.pi * kT)).sum()
    return float(total - np.log(crystal.crystal.volume / n) - 0.5 * d * np.log(n)) / n


def test_a_cold_crystal_in_the_plane_has_its_exact_free_energy(tasks) -> None:
    task = task_of(tasks, number_density=1.03, kT=1e-3)
    drive(task)
    found = result(task)["free_energy"]
    assert found["error"] < 0.02
    assert abs(found["beta_F_of_N"] - exact(Crystal(task), 1e-3)) < 4.0 * found["error"]


def test_a_pressure_gives_the_gibbs_energy_whatever_the_density(tasks) -> None:
    """At a temperature where the quasi-harmonic density is off."""
    task = task_of(tasks, number_density=None, pressure=0.5, kT=0.1)
    drive(task)
    found = result(task)
    gibbs = found["averages"]["gibbs_energy_per_particle"]
    other = task_of(tasks, "looser", number_density=0.99 * found["number_density"], kT=0.1)
    drive(other)
    there = result(other)
    free, pressure = (there["averages"][k] for k in ("free_energy_per_particle", "pressure"))
    # from a density that is off by a hundredth, along a straight line of the pressure
    volume, expected = 1.0 / there["number_density"], 1.0 / found["number_density"]
    mean = 0.5 * (pressure["mean"] + found["pressure"])
    value = free["mean"] + mean * (volume - expected) + 0.5 * expected
    error = np.hypot(free["standard_error"], gibbs["standard_error"])
    assert gibbs["mean"] == pytest.approx(value, abs=4.0 * error + 1e-4)
    assert abs(found["pressure"] - 0.5) < 1.0
