"""Annealing by molecular dynamics with the real engine."""

from __future__ import annotations

import json

import gsd.hoomd
import numpy as np
import pytest

from operations.engines.lammps import Lammps
from operations.jobs import attempts, trajectory
from operations.jobs.driver import drive
from operations.methods.annealing_by_dynamics import MdAnnealing
from tests.operations import interruptions

CHUNK = 64 * 300
METHOD = {
    "name": "annealing",
    "number_density": 0.85,
    "kT": {"ramp": [0.8, 0.1]},
    "steps": 20_000,
    "cycles": 2,
}


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lammps, "chunk_particle_steps", CHUNK)


def test_products(tasks) -> None:
    (task,) = tasks(method=METHOD)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["steps"] == 40_000
    assert result["quenches"] == 2
    assert result["kT"] == 0.0
    assert result["energy_evaluations"] > 40_000
    with gsd.hoomd.open(task.folder / "final.gsd") as frames:
        energies = [frame.log["energy_per_particle"][0] for frame in frames]
        assert energies == sorted(energies)
        assert energies[0] == result["energy_per_particle"]
    with np.load(task.folder / "thermo.npz") as thermo:
        kT, step, energy = thermo["kT"], thermo["step"], thermo["energy_per_particle"]
    assert kT[:5].mean() > 0.6
    cold = kT[(step > 19_000) & (step <= 20_000)].mean()
    assert cold < 0.2
    # Reheated to half of 0.8.
    assert kT[(step > 20_200) & (step < 21_000)].mean() == pytest.approx(0.4, abs=0.08)
    # The inherent structure lies below everything warm.
    assert result["energy_per_particle"] < energy.min()


def test_the_cell_is_free_at_constant_pressure(tasks) -> None:
    (task,) = tasks(
        method=METHOD | {"ensemble": "npt", "pressure": 0.2, "cycles": 1, "cooling": "exponential"}
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["pressure"] == 0.2
    expected = result["energy_per_particle"] + 0.2 / result["number_density"]
    assert result["enthalpy_per_particle"] == pytest.approx(expected)
    method = MdAnnealing(task)
    from analysis.configuration import Configuration

    final = Configuration.read(task.folder / "final.gsd")
    _, _, virial = method._kernel.evaluate(final)
    np.testing.assert_allclose(virial[:2, :2] / final.volume, 0.2 * np.eye(2), atol=5e-3)


def test_an_interrupted_run_equals_an_uninterrupted_one(tasks) -> None:
    (task,) = tasks(method=METHOD | {"steps": 1000, "cycles": 2})
    drive(task)
    whole = json.loads((task.folder / "result.json").read_text())
    folder, result = interruptions.interrupted_at_every_checkpoint(task, MdAnnealing)
    for key in ("energy_per_particle", "pressure", "energy_evaluations", "structures"):
        assert result[key] == whole[key]
    with np.load(task.folder / "thermo.npz") as one, np.load(folder / "thermo.npz") as other:
        assert np.array_equal(one["energy_per_particle"], other["energy_per_particle"])


@pytest.mark.drill
@pytest.mark.slow
def test_killed_and_run_again(tasks) -> None:
    """SIGKILL at random moments; the products are those of an uninterrupted run, bit for bit."""
    (task,) = tasks(method=METHOD | {"steps": 100_000, "cycles": 1})
    random = np.random.default_rng(8)
    setup = f"from operations.engines.lammps import Lammps; Lammps.chunk_particle_steps = {CHUNK}"
    moments = random.uniform(0.0, 0.3, 5)
    assert all(interruptions.killed(task, after, setup, task.settings) for after in moments)
    assert not (task.folder / "result.json").exists()
    drive(task)
    whole = interruptions.elsewhere(task, "uninterrupted")
    drive(whole)
    results = [interruptions.result(run) for run in (task, whole)]
    assert interruptions.without_time(results[0]) == interruptions.without_time(results[1])
    for name in ("trajectory.gsd", "final.gsd"):
        one, other = (trajectory.read(run.folder / name) for run in (task, whole))
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.positions, b.positions)
            assert a.log == b.log
    with (
        np.load(task.folder / "thermo.npz") as one,
        np.load(whole.folder / "thermo.npz") as other,
    ):
        for name in set(one.files) - {"wall_seconds"}:
            assert np.array_equal(one[name], other[name]), name
    outcomes = [attempt["outcome"] for attempt in attempts.read(task.folder)]
    assert outcomes == ["lost"] * 5 + ["finished"]


def test_the_budget_ends_it(tasks) -> None:
    (task,) = tasks(method=METHOD | {"max_energy_evaluations": 3000})
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["steps"] == 3000
    assert result["quenches"] == 1


def test_what_explodes_fails_with_the_reason(tasks) -> None:
    (task,) = tasks(method=METHOD | {"dt": 0.3})
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert failed["retry"] == "physics"
