"""Canonical averages of two particles, which are known exactly, of what no single temperature can
sample, and what a job is held to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from operations.equilibrium.curve import highest
from operations.jobs.driver import drive
from operations.jobs.state import PREVIOUS, RESULT
from operations.methods import replica_exchange
from operations.methods.replica_exchange import KEPT, ReplicaExchange
from operations.results.label import label
from operations.results.rows import rows_of
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import (
    ended,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)

#: Two wells, the farther one the deeper, and a wall between that no cold pair climbs.
WELLS = "100*(r-1)**2*(r-2)**2 - 0.5*(r-1)"
CLUSTER = {
    "system": {"dimensions": 3, "particles": {"A": 2}, "boundary": "open"},
    "potential": {"form": "expression", "formula": WELLS, "r_cut": 9},
    "method": {
        "name": "replica_exchange",
        "coldest": 0.2,
        "hottest": 5.0,
        "temperatures": 6,
        "radius": 1.2,
        "exchange_period": 10,
        "equilibration_steps": 4000,
        "steps": 40_000,
    },
    "settings": {"engine": "lammps", "frames": None},
}
BOX = {
    "system": {"boundary": "periodic"},
    "potential": {"formula": "-3*exp(-(r/0.7)**2)", "r_cut": 1.9},
    "method": {
        "coldest": 0.5,
        "hottest": 1.5,
        "temperatures": 3,
        "radius": None,
        "number_density": 2 / 64,
        "dt": 0.03,
        "exchange_period": 100,
        "equilibration_steps": 4000,
        "steps": 30_000,
    },
}


def wells(r):
    return 100.0 * (r - 1.0) ** 2 * (r - 2.0) ** 2 - 0.5 * (r - 1.0)


def well(r):
    return -3.0 * (np.exp(-((r / 0.7) ** 2)) - np.exp(-((1.9 / 0.7) ** 2)))


def exact(u, kT, longest, elsewhere=0.0):
    """Energy and heat capacity per particle of two particles no further apart than `longest`, or in
    another volume where their energy is 0."""

    def moment(k):
        return quad(lambda r: u(r) ** k * np.exp(-u(r) / kT) * r**2, 0.0, longest, limit=200)[0]

    zero, one, two = (4.0 * np.pi * moment(k) for k in range(3))
    zero += elsewhere
    return one / zero / 2.0, (two / zero - (one / zero) ** 2) / kT**2 / 2.0 + 1.5


def compared(task, folder_rows, expected):
    for row in folder_rows:
        energy, capacity = expected(row["kT"])
        for name, value in (("energy_per_particle", energy), ("heat_capacity", capacity)):
            error = row[f"{name}_error"]
            assert abs(row[name] - value) < 4.0 * error, (row["kT"], name)
            assert error < 0.2 * max(abs(value), 0.5)


def test_two_wells_have_their_exact_averages_at_every_temperature(tasks) -> None:
    (task,) = tasks(**CLUSTER)
    drive(task)
    rows = rows_of(task.folder, [])
    # the sphere of the radius is around the centre of mass
    compared(task, rows, lambda kT: exact(wells, kT, 2.4))
    ladder = result(task)["ladder"]
    assert [row["kT"] for row in rows] == ladder["kT"]
    assert (ladder["kT"][0], ladder["kT"][-1]) == pytest.approx((0.2, 5.0))
    acceptance = np.array(ladder["acceptance"])
    assert acceptance.min() > 0.2
    assert ladder["round_trips"] > 20


@pytest.mark.physical_validation
@pytest.mark.slow
def test_two_particles_in_a_box_have_their_exact_averages(tasks) -> None:
    (task,) = tasks(**merged(CLUSTER, BOX))
    drive(task)
    rest = 64.0 - 4.0 / 3.0 * np.pi * 1.9**3
    compared(task, rows_of(task.folder, []), lambda kT: exact(well, kT, 1.9, rest))


@pytest.mark.parametrize("changes", [{}, BOX], ids=["cluster", "box"])
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch, changes) -> None:
    monkeypatch.setattr(replica_exchange, "CHUNK", 0.5)
    short = {"temperatures": 2, "equilibration_steps": 400, "steps": 1000, "exchange_period": 10}
    short = {"method": short}
    (task,) = tasks(**merged(merged(CLUSTER, changes), short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, ReplicaExchange)
    assert without_time(cut).items() <= result(task).items()


def test_a_lengthened_job_goes_on(tasks) -> None:
    short = {"method": {"temperatures": 3, "equilibration_steps": 1000, "steps": 1000}}
    (task,) = tasks(**merged(CLUSTER, short))
    drive(task)
    before = ReplicaExchange(task).load(task.folder / KEPT)
    (task.folder / RESULT).rename(task.folder / PREVIOUS)
    longer = replace(task, extent={"steps": 3000})
    drive(longer)
    after = ReplicaExchange(longer).load(task.folder / KEPT)
    assert (before.turn, after.turn) == (200, 400)
    assert np.array_equal(after.energies[:200], before.energies)
    assert np.array_equal(after.kT, before.kT)
    assert result(task)["ladder"]["samples"] == 300


def test_a_job_may_be_lengthened_while_it_runs(tasks) -> None:
    short = {"method": {"temperatures": 3, "equilibration_steps": 1000, "steps": 1000}}
    (task,) = tasks(**merged(CLUSTER, short))
    longer = ReplicaExchange(replace(task, extent={"steps": 2000}))
    state = ended(longer, ended(ReplicaExchange(task)))
    assert longer.finish(state).details["ladder"]["samples"] == 200


def test_only_the_coldest_temperature_has_the_label_of_the_coldest(tasks) -> None:
    short = {"method": {"temperatures": 3, "equilibration_steps": 1000, "steps": 1000}}
    (task,) = tasks(**merged(CLUSTER, short))
    drive(task)
    label(task.folder, task.root)
    labels = [row["label"] for row in rows_of(task.folder, [])]
    assert labels[0] is not None
    assert labels[1:] == [None, None]


def test_temperatures_too_far_apart_are_named(tasks) -> None:
    short = {"method": {"temperatures": 2, "coldest": 0.001, "steps": 1000}}
    (task,) = tasks(**merged(CLUSTER, short))
    method = ReplicaExchange(task)
    apart = np.stack([np.full(100, -1000.0), np.full(100, 1000.0)], axis=1)
    with pytest.raises(ValueError, match=r"share no samples; expected more method\.temperatures"):
        method._along(np.array([0.001, 5.0]), np.array([1.0]), apart)


def test_a_curve_is_highest_between_its_points_or_nowhere() -> None:
    x = np.geomspace(0.1, 0.2, 12)
    assert highest(x, 5.0 - 40.0 * (x - 0.1666) ** 2) == pytest.approx((0.1666, 5.0))
    assert np.isnan(highest(x, x)).all()
