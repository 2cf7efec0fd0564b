"""Free energies of fluids: a dilute gas against its virial series, hard spheres, and what a job is
held to."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.integrate import quad

from analysis.configuration import Configuration
from operations.engines import EngineError
from operations.equilibrium import runs
from operations.equilibrium.fluid import Fluid, separates
from operations.interactions.start import lattice
from operations.jobs.driver import drive
from tests.operations.equilibrium.test_crystal import COLD, HARD, merged
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)

GAS = merged(
    COLD,
    {
        "system": {"particles": {"A": 64}},
        "potential": {"r_cut": 2.0},
        "method": {
            "phase": "fluid",
            "number_density": 0.02,
            "kT": 2.0,
            "points": 5,
            "steps": 4000,
        },
    },
)
DILUTE = merged(HARD, {"method": {"phase": "fluid", "number_density": 0.3, "points": 4}})


def second_virial(kT: float, r_cut: float) -> float:
    """B_2 of Lennard-Jones, cut at r_cut and shifted."""

    def u(r: float) -> float:
        return 4.0 * (r**-12 - r**-6)

    def mayer(r: float) -> float:
        return (np.expm1(-(u(r) - u(r_cut)) / kT)) * r**2

    core = 0.3**3 / 3.0
    return -2.0 * np.pi * (quad(mayer, 0.3, r_cut, epsabs=1e-10)[0] - core)


@pytest.mark.parametrize("hot", [None, 4.0])
def test_a_dilute_gas_is_that_of_the_second_virial_coefficient(tasks, hot) -> None:
    (task,) = tasks(**merged(GAS, {"method": {"hot": hot}}))
    drive(task)
    found = result(task)["free_energy"]
    expected = second_virial(2.0, 2.0) * 0.02
    assert found["error"] < 0.01
    # the third coefficient is about ρ²
    assert abs(found["beta_F_excess"] - expected) < 4.0 * found["error"] + 5e-4


@pytest.mark.hoomd
def test_hard_spheres_have_the_free_energy_of_carnahan_and_starling(tasks) -> None:
    longer = {"system": {"particles": {"A": 64}}, "method": {"steps": 2000}}
    (task,) = tasks(**merged(DILUTE, longer))
    drive(task)
    found, eta = result(task), np.pi / 6.0 * 0.3
    expected = (4.0 * eta - 3.0 * eta**2) / (1.0 - eta) ** 2
    assert found["free_energy"]["error"] < 0.08
    difference = found["free_energy"]["beta_F_excess"] - expected
    assert abs(difference) < 4.0 * found["free_energy"]["error"] + 1.0 / 64
    assert found["pressure"] == pytest.approx(0.3 * 1.97, rel=0.1)


@pytest.mark.parametrize(
    "words", [GAS, pytest.param(DILUTE, marks=pytest.mark.hoomd)], ids=["points", "hard"]
)
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch, words) -> None:
    monkeypatch.setattr(runs, "CHUNK", 100)
    short = {"method": {"points": 2, "equilibration_steps": 100, "steps": 200}}
    (task,) = tasks(**merged(words, short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Fluid)
    assert without_time(cut).items() <= result(task).items()


def test_an_isotherm_across_condensation_is_refused(tasks) -> None:
    cold = {"kT": 0.3, "number_density": 0.3, "points": 2, "steps": 3000}
    (task,) = tasks(**merged(GAS, {"system": {"particles": {"A": 216}}, "method": cold}))
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "gas and liquid separate" in failed["reason"]
    assert "expected hot" in failed["reason"]


def test_a_fluid_that_freezes_is_refused(tasks, monkeypatch) -> None:
    (task,) = tasks(**merged(GAS, {"system": {"particles": {"A": 108}}}))
    fluid, random = Fluid(task), np.random.default_rng(0)
    frames = [random_start(108, random) for _ in fluid.runs]
    monkeypatch.setattr(fluid, "last", lambda number, _: frames[number])
    for number in range(len(frames)):
        fluid._check_one_fluid(number, None)
    frames[2] = lattice("fcc", {"A": 108}, 3, 1.0, random)
    frames[2].positions += 0.05 * random.normal(size=(108, 3))
    with pytest.raises(
        EngineError, match=r"at kT 2 and number density 0\.\d+ the fluid freezes by itself: fcc"
    ):
        fluid._check_one_fluid(2, None)


def test_fluids_in_the_plane_step_as_crystals_do(tasks) -> None:
    (space,) = tasks(**GAS)
    flat = {"dimensions": 2, "particles": {"A": 64}}
    (plane,) = tasks(root="plane", **GAS | {"system": flat})
    one, other = Fluid(space), Fluid(plane)
    assert one.time_step == "0.15/omega, exact in harmonic wells"
    assert other.time_step == "0.04/omega"
    steps = [job.runs[0].integration for job in (one, other)]
    assert steps[1].dt == pytest.approx(0.04 / 0.15 * steps[0].dt)
    assert steps[1].thermostat_time == steps[0].thermostat_time


def random_start(n: int, random: np.random.Generator) -> Configuration:
    """Particles anywhere."""
    positions, box = random.uniform(-5.0, 5.0, (n, 3)), np.array([10.0, 10.0, 10.0, 0.0, 0.0, 0.0])
    return Configuration(positions, box, 3, np.zeros(n), ("A",))


def test_a_slab_is_two_phases_and_a_gas_is_one() -> None:
    random = np.random.default_rng(0)
    frame = random_start(400, random)
    assert not separates(frame)
    frame.positions[:, 0] *= 0.5  # around a wall of the halves
    assert separates(frame)
    frame.positions[:, 0] += 2.5
    assert separates(frame)
