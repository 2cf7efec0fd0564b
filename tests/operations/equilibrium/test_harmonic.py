"""Crystals in the plane with their energy to second order: modes by differences of energies, the
density of a pressure, and free energies of simulations as kT → 0."""

from __future__ import annotations

from dataclasses import replace

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
    return function(tmp_path, **FORM)


def function(folder, **words):
    read = Interactions.model_validate(words | {"truncation": "shift"})
    return pair_functions(read, ["A"], folder)[0, 0]


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


def test_a_crystal_of_which_vibrations_say_nothing_is_refused(tmp_path) -> None:
    """Fcc of Lennard-Jones particles at rest has 1.09; at kT 0.6 simulations have 0.95, the Gibbs
    energy of the vibrations falls until nothing holds."""
    lennard_jones = function(tmp_path, form="lennard_jones", r_cut=2.5)
    fcc = lattice("fcc", {"A": 32}, 3, 1.0, np.random.default_rng(0))
    assert Rest.at(fcc, lennard_jones, 0.2, 0.0).number_density == pytest.approx(1.042, abs=0.001)
    with pytest.raises(ValueError, match=r"at 0 and kT 0\.6 the volume of the crystal"):
        Rest.at(fcc, lennard_jones, 0.6, 0.0)


def test_the_density_does_not_depend_on_how_far_the_potential_reaches(tmp_path) -> None:
    crystal = lattice("hexagonal", {"A": 30}, 2, 1.0, np.random.default_rng(0))
    near, far = (
        Rest.at(crystal, function(tmp_path, form="lennard_jones", r_cut=r_cut), 0.1, 0.1)
        for r_cut in (5.5, 8.0)
    )
    assert far.number_density == pytest.approx(near.number_density, rel=1e-3)


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


def test_a_pressure_gives_the_gibbs_energy_whatever_the_density(tasks, monkeypatch) -> None:
    """At a density that is off by two hundredths, as where vibrations say little."""
    exact_rest = Rest.at

    def off(*words):
        rest = exact_rest(*words)
        return replace(rest, number_density=1.02 * rest.number_density)

    results = []
    for root, method in (("off", off), ("there", exact_rest)):
        monkeypatch.setattr(Rest, "at", method)
        task = task_of(tasks, root, number_density=None, pressure=0.5, kT=0.1)
        drive(task)
        results.append(result(task))
    away, there = results
    gibbs, expected = (one["averages"]["gibbs_energy_per_particle"] for one in results)
    free, other = (one["averages"]["free_energy_per_particle"] for one in results)
    term = free["mean"] + 0.5 / away["number_density"] - gibbs["mean"]
    error = 4.0 * np.hypot(free["standard_error"], other["standard_error"]) + 0.2 * term
    assert term > 1.5 * error
    assert gibbs["mean"] == pytest.approx(expected["mean"], abs=error)
    assert gibbs["standard_error"] > term
    assert abs(there["pressure"] - 0.5) < 0.2
