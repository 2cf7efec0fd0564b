"""Canonical averages of what is known exactly, from walkers below a ceiling."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium.below_ceiling import FLATTEST
from operations.jobs.driver import drive
from operations.jobs.files import read_json
from operations.jobs.state import FAILED
from operations.methods import nested_sampling
from operations.methods.nested_sampling import NestedSampling
from operations.results.rows import rows_of
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from tests.operations.methods.test_replica_exchange import WELLS, exact, wells

CLUSTER = {
    "system": {"dimensions": 3, "particles": {"A": 2}, "boundary": "open"},
    "potential": {"form": "expression", "formula": WELLS, "r_cut": 9},
    "method": {
        "name": "nested_sampling",
        "coldest": 0.2,
        "hottest": 5.0,
        "radius": 1.2,
        "walkers": 500,
        "sweeps": 50,
    },
    "settings": {"engine": "lammps", "frames": None},
}
#: Next to no energy.
GAS = {
    "system": {"particles": {"A": 4}, "boundary": "periodic"},
    "potential": {"form": "gaussian_core", "epsilon": 1e-9, "formula": None, "r_cut": 1.0},
    "method": {"radius": None, "pressure": 0.1, "walkers": 200, "sweeps": 10, "hottest": 0.5},
}


def test_two_wells_have_their_exact_averages_at_every_temperature(tasks) -> None:
    (task,) = tasks(**CLUSTER)
    drive(task)
    rows = rows_of(task.folder, [])
    assert len(rows) == 12
    for row in rows:
        for name, value in zip(
            ("energy_per_particle", "heat_capacity"), exact(wells, row["kT"], 2.4), strict=True
        ):
            error = row[f"{name}_error"]
            assert abs(row[name] - value) < 4.0 * error, (row["kT"], name)
            assert error < 0.1 * max(abs(value), 0.5)
    found = result(task)
    assert (found["curve"]["kT"][0], found["curve"]["kT"][-1]) == pytest.approx((0.2, 5.0))
    assert found["nested"]["lowest"] == pytest.approx(-0.5006, abs=1e-3)


def test_an_ideal_gas_has_its_volume_and_heat_capacity(tasks) -> None:
    (task,) = tasks(**merged(CLUSTER, GAS))
    drive(task)
    for row in rows_of(task.folder, []):
        density, error = row["number_density"], row["number_density_error"]
        assert abs(density - 0.1 / row["kT"]) < 4.0 * error
        # at constant pressure, with momenta
        capacity, error = row["isobaric_heat_capacity"], row["isobaric_heat_capacity_error"]
        assert abs(capacity - 2.5) < 4.0 * error
        assert abs(row["energy_per_particle"]) < 1e-6


@pytest.mark.parametrize("changes", [{}, GAS], ids=["cluster", "cell"])
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch, changes) -> None:
    monkeypatch.setattr(nested_sampling, "CHUNK", 0.2)
    short = {"method": {"walkers": 200, "sweeps": 2}}
    (task,) = tasks(**merged(merged(CLUSTER, changes), short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, NestedSampling)
    assert without_time(cut).items() <= result(task).items()


def test_walkers_of_one_energy_are_told(tasks) -> None:
    flat = {"potential": {"form": "gaussian_core", "epsilon": 0.0, "formula": None, "r_cut": 1.0}}
    (task,) = tasks(**merged(CLUSTER, flat))
    drive(task)
    assert "all 500 walkers have the energy 0" in read_json(task.folder / FAILED)["reason"]


@pytest.mark.physical_validation
def test_a_liquid_and_a_crystal_in_a_cell_have_the_averages_of_a_constant_temperature(
    tasks,
) -> None:
    """Eight Lennard-Jones particles, against Monte Carlo of the same cells at constant kT."""
    from analysis.statistics import mean_of
    from operations.search.free_cell import FreeCell

    potential = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "shift", "formula": None}
    changes = {
        "system": {"particles": {"A": 8}, "boundary": "periodic"},
        "potential": potential,
        "method": {
            "radius": None, "pressure": 1.0, "coldest": 0.6, "hottest": 1.4, "temperatures": 2,
            "walkers": 400, "sweeps": 60,
        },
    }  # fmt: skip
    (task,) = tasks(**merged(CLUSTER, changes))
    drive(task)
    for row in rows_of(task.folder, []):
        kT, largest = row["kT"], 500.0
        cell = FreeCell({"A": 8}, 3, task.statepoint["potential"], task.root, 2.0)
        cell.flattest = FLATTEST * 2.0
        random = np.random.default_rng(1)
        arrays = cell.random(random, lambda _: 20.0)
        heights, volumes = [], []
        for turn in range(2500):
            some = np.empty(20)
            cell.sweep(arrays, 1.0, kT, np.inf, largest, random, some)
            if turn >= 500:
                heights.append(some[-1])
                volumes.append(abs(np.linalg.det(arrays["cell"])))
        energies = (np.array(heights) - np.array(volumes)) / 8.0
        mean, error = mean_of(energies)
        error = np.hypot(error, row["energy_per_particle_error"])
        assert abs(row["energy_per_particle"] - mean) < 4.0 * error
        mean, error = mean_of(np.array(volumes) / 8.0)
        error = np.hypot(error, row["number_density_error"] / row["number_density"] ** 2)
        assert abs(1.0 / row["number_density"] - mean) < 4.0 * error
