"""Annealing of small cells: known crystals, exact continuation, hostile potentials."""

from __future__ import annotations

import json
import time

import gsd.hoomd
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from operations.jobs.driver import drive
from operations.methods.annealing_of_cells import CellAnnealing
from tests.operations import interruptions

CHARGED = {
    "form": "screened_charges",
    "A": 4.0,
    "kappa": 4.0,
    "n": 12,
    "pairs": {"A-B": {"A": -4.0}},
}


def jobs(tasks, particles, potential, dimensions=3, **method):
    return tasks(
        system={"dimensions": dimensions, "particles": {"A": None} | particles},
        potential=potential,
        method={"name": "annealing", "dynamics": "mc"} | method,
        settings={"frames": 0},
    )


def screened(r: np.ndarray, charge: float, kappa: float, n: float) -> float:
    r = r[r < 4.0]
    return float((charge * np.exp(-kappa * (r - 1)) / r + r**-n).sum())


def sodium_chloride(kappa: float, n: float) -> float:
    """Lowest energy per particle of NaCl at no pressure, summed over its sites."""
    sites = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 3, indexing="ij"), -1).reshape(-1, 3)
    distance, odd = np.linalg.norm(sites, axis=1), sites.sum(axis=1) % 2 == 1
    like, unlike = distance[~odd & (distance > 0)], distance[odd]

    def energy(a: float) -> float:
        return 0.5 * (screened(a * like, 4.0, kappa, n) + screened(a * unlike, -4.0, kappa, n))

    return float(minimize_scalar(energy, bounds=(0.7, 1.5), method="bounded").fun)


def test_screened_charges_order_as_sodium_chloride(tasks) -> None:
    (task,) = jobs(tasks, {"A": 2, "B": 2}, CHARGED, chains=15, sweeps=300)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["enthalpy_per_particle"] == pytest.approx(sodium_chloride(4.0, 12), abs=1e-5)
    assert result["quenches"] == 15
    assert result["energy_evaluations"] > 15 * 300 * 4
    assert sum(result["outcomes"].values()) == 15
    with gsd.hoomd.open(task.folder / "final.gsd") as frames:
        heights = [frame.log["enthalpy_per_particle"][0] for frame in frames]
        assert heights == sorted(heights)
        assert len(frames) == result["structures"]
        assert np.bincount(frames[0].particles.typeid).tolist() == [2, 2]


def test_two_dimensional_square_crystal(tasks) -> None:
    """Lennard-Jones-Gauss with its second well at √2."""
    (task,) = jobs(
        tasks, {"A": 1}, {"epsilon": 1.8, "r0": 1.4}, 2, chains=5, sweeps=200, pressure=0.1
    )
    drive(task)
    from analysis.configuration import Configuration

    cell = Configuration.read(task.folder / "final.gsd").cell[:2, :2]
    assert np.linalg.norm(cell[0]) == pytest.approx(np.linalg.norm(cell[1]), rel=1e-3)
    assert abs(cell[0] @ cell[1]) < 1e-3


def test_an_interrupted_run_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    (task,) = jobs(tasks, {"A": 2, "B": 2}, CHARGED, chains=3, sweeps=60, cycles=2)
    drive(task)
    monkeypatch.setattr(CellAnnealing, "chunk", 300)  # several checkpoints in one chain
    folder, result = interruptions.interrupted_at_every_checkpoint(task, CellAnnealing)
    whole = json.loads((task.folder / "result.json").read_text())
    assert result["quenches"] == 6
    for key in ("enthalpy_per_particle", "energy_evaluations", "outcomes", "evaluations_to_best"):
        assert result[key] == whole[key]
    with (
        gsd.hoomd.open(task.folder / "final.gsd") as one,
        gsd.hoomd.open(folder / "final.gsd") as other,
    ):
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.particles.position, b.particles.position)
            assert np.array_equal(a.configuration.box, b.configuration.box)


@pytest.mark.drill
@pytest.mark.slow
def test_killed_and_run_again(tasks) -> None:
    (task,) = jobs(tasks, {"A": 2, "B": 2}, CHARGED, chains=20, sweeps=200)
    setup = "from operations.methods import annealing_of_cells as m; m.CellAnnealing.chunk = 2000"
    assert all(interruptions.killed(task, 0.0, setup) for _ in range(2))
    drive(task)
    whole = interruptions.elsewhere(task, "f" * 32)
    drive(whole)
    results = [interruptions.result(run) for run in (task, whole)]
    assert interruptions.without_time(results[0]) == interruptions.without_time(results[1])
    with (
        gsd.hoomd.open(task.folder / "final.gsd") as one,
        gsd.hoomd.open(whole.folder / "final.gsd") as other,
    ):
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.particles.position, b.particles.position)


def test_the_budget_ends_it(tasks) -> None:
    (task,) = jobs(
        tasks, {"A": 1, "B": 1}, CHARGED, chains=10_000, sweeps=100, max_energy_evaluations=5000
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    # The chain under way is brought to its end.
    assert 5000 <= result["energy_evaluations"] <= 5000 + 100 * 8 + 6000
    assert result["quenches"] < 100


@pytest.mark.parametrize(
    ("potential", "outcome"),
    [
        (
            {"form": "inverse_power", "n": 12, "r_cut": 1.5},
            "dispersed",
        ),
        (
            {
                "form": "expression",
                "formula": "-exp(-r**2)",
                "r_cut": 3.0,
            },
            "collapsed",
        ),
    ],
)
def test_a_potential_without_a_minimum_fails_with_the_reason(tasks, potential, outcome) -> None:
    (task,) = jobs(tasks, {"A": 2}, potential, chains=3, sweeps=60)
    begin = time.monotonic()
    drive(task)
    assert time.monotonic() - begin < 120
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "none of 3 quenches ended in a minimum" in failed["reason"]
    assert f"3 {outcome}" in failed["reason"]
    assert failed["retry"] == "input"


def test_a_false_inner_well_fails_with_the_reason(tasks) -> None:
    (task,) = jobs(tasks, {"A": 2, "B": 2}, CHARGED | {"kappa": 10.0, "n": 12}, chains=3, sweeps=60)
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "false inner well" in failed["reason"]
    assert failed["retry"] == "input"


@pytest.mark.physical_validation
@pytest.mark.parametrize(
    ("potential", "particles", "chains", "enthalpy"),
    [
        ({"n": 12}, 2, 20, -6.178967),  # NaCl
        ({"n": 36}, 1, 100, -7.135721),  # CsCl
        ({"n": 36}, 2, 100, -7.135721),
        ({"n": 36, "A": 1.0, "kappa": 2.0, "pairs": {"A-B": {"A": -1.0}}}, 2, 20, 23.93359),
    ],
)
def test_charged_colloids(tasks, potential, particles, chains, enthalpy):
    """The ground states that the lattice sums and the genetic search of test_ground_states give."""
    (task,) = jobs(
        tasks,
        {"A": particles, "B": particles},
        CHARGED | potential | {"r_cut": 4.0},
        chains=chains,
        sweeps=1000,
        kT={"ramp": [4.0, 0.02]},
        pressure=30.0 if enthalpy > 0 else 0.0,
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    print(
        f"\n| {potential['n']} | A{particles}B{particles} | {chains} | {enthalpy} |"
        f" {result['enthalpy_per_particle']:.6f} | {result['times_found']} |"
        f" {result['wall_seconds']:.0f} |"
    )
    assert result["enthalpy_per_particle"] < enthalpy + 1e-5
