"""The genetic search from start to products: what it finds, how it stops, resumes and fails."""

from __future__ import annotations

import json
import time

import gsd.hoomd
import numpy as np
import pytest
from ase.io import read

from analysis.configuration import Configuration
from operations.jobs.driver import drive
from operations.jobs.errors import EngineError
from operations.jobs.state import GPU_TOO
from operations.methods import genetic
from operations.methods.genetic import Genetic
from operations.search import gpu
from operations.search.relax import relax
from tests.operations import interruptions
from tests.operations.interruptions import result, without_time

LJ = {"form": "lennard_jones", "r_cut": 3.0}
SHORT = {"name": "genetic", "population": 6, "generations": 4}


@pytest.fixture
def searches(tasks):
    """Function that makes the tasks of a small search: particles, potential, method."""

    def make(particles=4, potential=None, dimensions=3, **method):
        counts = particles if isinstance(particles, dict) else {"A": particles}
        return tasks(
            system={"dimensions": dimensions, "particles": {"A": None} | counts},
            potential=LJ if potential is None else {"r0": None, "epsilon": None} | potential,
            method=SHORT | method,
            settings={"engine": "auto"},
        )

    return make


def test_close_packing(searches):
    """fcc and hcp told apart; hcp is lower at this cut-off (see the lattice sums)."""
    (task,) = searches(generations=6)
    drive(task)
    found = result(task)
    names = [row["prototype"] for row in found["structures"][:3]]
    assert found["prototype"] == names[0] == "hcp"
    assert "fcc" in names
    assert found["energy_per_particle"] == pytest.approx(-8.308217, abs=1e-5)
    assert found["enthalpy_per_particle"] == found["energy_per_particle"]
    assert found["quenches"] == sum(found["outcomes"].values())
    assert found["energy_evaluations"] > found["quenches"]
    with gsd.hoomd.open(task.folder / "final.gsd") as frames:
        assert len(frames) == len(found["structures"])
        energies = [float(frame.log["energy_per_particle"][0]) for frame in frames]
    assert energies == sorted(energies)
    assert energies[0] == pytest.approx(found["energy_per_particle"])
    assert Configuration.read(task.folder / "final.gsd").n_particles == 4
    assert len(read(task.folder / "final.extxyz", index=":")) == len(energies)
    assert len(read(task.folder / "final.cif", index=":")) == len(energies)
    assert not (task.folder / "checkpoint.npz").exists()


def test_square_in_two_dimensions(searches):
    (task,) = searches(
        4, {"form": "lennard_jones_gauss", "r0": 1.4, "epsilon": 1.8}, 2, generations=6
    )
    drive(task)
    found = result(task)
    assert (found["space_group"], found["prototype"]) == ("p4mm", "square")


def test_one_particle(searches):
    (task,) = searches(1)
    drive(task)
    assert result(task)["prototype"] == "fcc"


def test_stops_without_progress(searches):
    (task,) = searches(2, generations=50, stagnation=2)
    drive(task)
    assert result(task)["stopped_by"] == "stagnation"
    assert result(task)["generations"] < 50


def test_stops_when_the_budget_is_spent(searches):
    (task,) = searches(2, generations=50, stagnation=50, max_energy_evaluations=400)
    drive(task)
    assert result(task)["stopped_by"] == "max_energy_evaluations"
    assert result(task)["generations"] < 10


def test_the_population_is_of_distinct_structures(searches):
    (task,) = searches(4, population=8)
    method = Genetic(task)
    state = method.start()
    for _ in range(4):
        state = method.step(state)
    for k, one in enumerate(state.population):
        assert not any(one.same(other) for other in state.population[:k])
    best = state.hall.found[0]
    assert best.times > 1
    assert sum(each.times for each in state.hall.found) <= state.relaxations


def test_resumed_equals_uninterrupted(searches, tmp_path):
    """Every number of a state goes through a checkpoint unchanged."""
    (task,) = searches({"A": 2, "B": 2}, {"form": "lennard_jones", "types": {"B": {"sigma": 0.8}}})
    whole = Genetic(task)
    state = whole.start()
    resumed = Genetic(task)
    other = resumed.start()
    for _ in range(3):
        state = whole.step(state)
        other = resumed.step(other)
        resumed.save(other, tmp_path / "checkpoint.npz")
        resumed = Genetic(task)
        other = resumed.load(tmp_path / "checkpoint.npz")
    assert state.evaluations == other.evaluations
    for one, same in zip(state.hall.found, other.hall.found, strict=True):
        assert one.enthalpy == same.enthalpy
        assert np.array_equal(one.configuration.positions, same.configuration.positions)
        assert np.array_equal(one.configuration.box, same.configuration.box)
        assert np.array_equal(one.fingerprint, same.fingerprint)
    assert whole.finish(state).details == resumed.finish(other).details


@pytest.mark.parametrize("batch", [1, 7])
def test_how_many_are_relaxed_at_once_changes_nothing(batch, searches, tmp_path, monkeypatch):
    (task,) = searches(2, population=10)

    def after_two_generations() -> dict[str, np.ndarray]:
        method = Genetic(task)
        state = method.step(method.step(method.start()))
        state.wall_seconds = 0.0
        return state.to_arrays()

    at_once = after_two_generations()

    def in_batches(kernel, configurations, *conditions, **rules):
        parts = [configurations[k : k + batch] for k in range(0, len(configurations), batch)]
        return [one for part in parts for one in relax(kernel, part, *conditions, **rules)]

    monkeypatch.setattr(genetic, "relax", in_batches)
    found = after_two_generations()
    assert found.keys() == at_once.keys()
    assert all(np.array_equal(found[name], array) for name, array in at_once.items())


def test_large_generations_need_the_gpu_they_ask_for(searches, monkeypatch):
    monkeypatch.setattr(gpu, "no_gpu", lambda: "there is none")
    large, small = searches(2, population=[512, 16])
    for task in (large, small):
        task.settings["device"] = "gpu"
    (large.folder / GPU_TOO).unlink()
    Genetic(large)  # made before searches ran on GPUs: it has no mark
    (large.folder / GPU_TOO).touch()
    with pytest.raises(EngineError, match="device: gpu, but there is none; set device: cpu"):
        Genetic(large)
    Genetic(small)


def test_a_finished_search_is_lengthened(searches):
    """By the same campaign with more generations; the end is that of one long search."""
    (short,) = searches(2, generations=2)
    drive(short)
    assert (result(short)["generations"], result(short)["stopped_by"]) == (2, "generations")
    (longer,) = searches(2, generations=5)
    assert (longer.id, longer.folder) == (short.id, short.folder)
    assert not (short.folder / "result.json").exists()
    drive(longer)
    whole = interruptions.elsewhere(longer, "whole")
    drive(whole)
    assert result(longer)["generations"] == 5
    assert without_time(result(longer)) == without_time(result(whole))


def test_free_composition(searches):
    """Attraction of unlike particles only: the compound is on the hull, and pure phases are."""
    (task,) = searches(
        {"A": 2, "B": 2},
        {
            "form": "lennard_jones",
            "r_cut": 2.5,
            "pairs": {"A-B": {"epsilon": 3.0}},
        },
        composition="free",
        population=10,
        generations=6,
    )
    drive(task)
    rows = result(task)["structures"]
    stable = [row["particles"] for row in rows if row["above_hull"] < 1e-9]
    shares = {row["A"] / (row["A"] + row["B"]) for row in stable}
    assert {0.0, 0.5, 1.0} <= shares
    assert all(row["above_hull"] >= 0.0 for row in rows)
    assert all(1 <= sum(row["particles"].values()) <= 4 for row in rows)


HOSTILE = {
    "collapses": (2, {"form": "expression", "formula": "-exp(-r**2)", "r_cut": 2.0}, "lower bound"),
    "flies apart": (2, {"form": "inverse_power", "n": 12, "r_cut": 2.5}, "fly apart"),
    "false inner well": (
        {"A": 2, "B": 2},
        {
            "form": "screened_charges",
            "A": 4.0,
            "kappa": 10.0,
            "n": 12,
            "pairs": {"A-B": {"A": -4.0}},
        },
        "false inner well",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_potentials_fail_clearly(searches, name):
    particles, potential, message = HOSTILE[name]
    (task,) = searches(particles, potential, population=4)
    begin = time.monotonic()
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert message in failed["reason"]
    assert not (task.folder / "result.json").exists()
    assert time.monotonic() - begin < 300


@pytest.mark.drill
@pytest.mark.slow
def test_killed_and_continued(searches):
    """SIGKILL after some checkpoints; the products are those of an uninterrupted search."""
    (task,) = searches(4, generations=30, stagnation=30)
    interruptions.assert_kills_change_nothing(task, 4)
