"""Free energies of crystals: a harmonic one, whose free energy is known exactly, and what a job is
held to."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from operations.engines import EngineError
from operations.equilibrium import lasting, runs
from operations.equilibrium.crystal import Crystal
from operations.interactions.start import lattice
from operations.jobs.driver import drive
from operations.jobs.state import PREVIOUS, RESULT
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)

COLD = {
    "system": {"dimensions": 3, "particles": {"A": 32}},
    "potential": {"form": "lennard_jones", "r_cut": 1.5},
    "method": {
        "name": "free_energy",
        "phase": {"lattice": "fcc"},
        "number_density": 1.0,
        "kT": 1e-3,
        "points": 8,
        "equilibration_steps": 200,
        "steps": 2000,
    },
    "settings": {"engine": "lammps"},
}
HARD = {
    "system": COLD["system"] | {"building_blocks": {"A": {"form": "hard_sphere"}}},
    "potential": None,
    "method": COLD["method"] | {"number_density": 1.1, "kT": None, "points": 3, "steps": 200},
    "settings": {"engine": "hoomd", "device": "cpu"},
}


def harmonic(crystal: Crystal, kT: float) -> float:
    """βF per particle of the crystal with its energy to second order, by its normal modes."""
    pairs, n, step = crystal.displaced, crystal.n, 1e-4
    r = np.linalg.norm(pairs.apart, axis=1)
    unit = pairs.apart / r[:, None]
    low, here, high = (pairs.energy(r + x) for x in (-step, 0.0, step))
    slope, curvature = (high - low) / (2.0 * step), (high - 2.0 * here + low) / step**2
    outer = unit[:, :, None] * unit[:, None, :]
    constants = (curvature - slope / r)[:, None, None] * outer
    constants += (slope / r)[:, None, None] * np.eye(3)
    matrix = np.zeros((n, 3, n, 3))
    for i, j, constant in zip(pairs.i, pairs.j, constants, strict=True):
        matrix[i, :, i] += constant
        matrix[j, :, j] += constant
        matrix[i, :, j] -= constant
        matrix[j, :, i] -= constant
    stiffness = np.sort(np.linalg.eigvalsh(matrix.reshape(3 * n, 3 * n)))[3:]
    vibrations = 0.5 * np.log(stiffness / (2.0 * np.pi * kT)).sum()
    # all N sites of fcc are one translation apart
    anywhere = np.log(crystal.crystal.volume / n) + 1.5 * np.log(n)
    return float((here.sum() / kT + vibrations - anywhere) / n)


@pytest.mark.parametrize(
    "settings",
    [
        {"engine": "lammps"},
        pytest.param(
            {"engine": "hoomd", "device": "cpu"}, marks=[pytest.mark.hoomd, pytest.mark.slow]
        ),
    ],
)
def test_a_harmonic_crystal_has_its_exact_free_energy(tasks, settings) -> None:
    changes = {"settings": settings}
    if settings["engine"] == "hoomd":  # whose box must be wider
        changes |= {"system": {"particles": {"A": 108}}, "method": {"steps": 1000}}
    (task,) = tasks(**merged(COLD, changes))
    drive(task)
    found = result(task)["free_energy"]
    expected = harmonic(Crystal(task), 1e-3)
    assert result(task)["number_density"] == 1.0
    assert found["error"] < 0.02
    assert abs(found["beta_F_of_N"] - expected) < 4.0 * found["error"]
    averages = result(task)["averages"]["free_energy_per_particle"]
    assert averages["standard_error"] == pytest.approx(1e-3 * found["error"])


def merged(base, changes):
    """`base` with nested changes."""
    both = {
        key: merged(base[key], value)
        for key, value in changes.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return base | changes | both


@pytest.mark.parametrize(
    "words", [COLD, pytest.param(HARD, marks=pytest.mark.hoomd)], ids=["points", "hard"]
)
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch, words) -> None:
    monkeypatch.setattr(runs, "CHUNK", 100)
    short = {"method": {"points": 2, "equilibration_steps": 100, "steps": 200}}
    (task,) = tasks(**merged(words, short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Crystal)
    whole = result(task)
    assert without_time(cut).items() <= whole.items()


def test_a_lengthened_job_goes_on_with_every_run(tasks) -> None:
    short = {"points": 2, "equilibration_steps": 100, "steps": 400}
    (task,) = tasks(**merged(COLD, {"method": short}))
    drive(task)
    first, before = result(task), Crystal(task).load(task.folder / runs.KEPT)
    (task.folder / RESULT).rename(task.folder / PREVIOUS)
    longer = replace(task, extent={"steps": 1600})
    drive(longer)
    now, after = result(task), Crystal(longer).load(task.folder / runs.KEPT)
    for number, rows in before.samples.items():
        assert len(rows) == 20
        assert len(after.samples[number]) == 80
        assert np.array_equal(after.samples[number][:20], rows)
    assert now["free_energy"]["bennett"]["samples"] == 80
    errors = [one["free_energy"]["integral"]["error"] for one in (first, now)]
    assert errors[1] < errors[0]


def test_runs_that_are_too_short_have_no_error_and_say_so(tasks) -> None:
    short = {"points": 2, "equilibration_steps": 0, "steps": 200}
    (task,) = tasks(**merged(COLD, {"method": short}))
    drive(task)
    found = result(task)
    assert "are shorter than 20 of their autocorrelation times" in found["free_energy"]["too_short"]
    assert found["free_energy"]["error"] is None
    assert {mean["standard_error"] for mean in found["averages"].values()} == {None}


def test_a_crystal_that_melts_has_no_free_energy(tasks) -> None:
    hot = {"kT": 20.0, "number_density": 0.7, "points": 2, "steps": 2000}
    (task,) = tasks(**merged(COLD, {"method": hot}))
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "the crystal does not hold" in failed["reason"]


def test_a_crystal_that_becomes_another_one_has_no_free_energy(tasks, monkeypatch) -> None:
    (task,) = tasks(**merged(COLD, {"method": {"points": 2}}))
    crystal, random = Crystal(task), np.random.default_rng(0)
    rows = {k: random.normal(1.0, 0.1, (100, 5)) for k in range(4)}
    state = runs.State({}, np.zeros(4), rows)
    frames = [crystal.crystal] * 4
    monkeypatch.setattr(crystal, "last", lambda number, _: frames[number])
    crystal._check_lasting(state)
    frames[1] = lattice("bcc", {"A": 54}, 3, 1.0, random)
    with pytest.raises(EngineError, match="it was fcc, and is bcc at the end"):
        crystal._check_lasting(state)
    frames[1] = replace(frames[0], positions=random.uniform(-1.8, 1.8, frames[0].positions.shape))
    with pytest.raises(EngineError, match="it was fcc, and is fluid at the end"):
        crystal._check_lasting(state)
    # what moves in a small box may have no name; it is held to its sites
    monkeypatch.setattr(lasting, "crystal_in", lambda _: "fcc")
    monkeypatch.setattr(lasting, "label_of", lambda _: "unknown")
    crystal._check_lasting(state)
    # and so is whatever has no label of its own
    monkeypatch.setattr(lasting, "crystal_in", lambda _: "")
    crystal._check_lasting(state)
    rows[0][:, -1] += np.linspace(0.0, 0.6, 100)
    with pytest.raises(EngineError, match="springs of 0: its particles go on leaving their sites"):
        crystal._check_lasting(state)
