"""Free energies of plastic crystals: bodies that are nearly spheres, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from operations.equilibrium import plastic, runs
from operations.equilibrium.plastic import Plastic
from operations.jobs.driver import drive
from operations.jobs.errors import EngineError
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)


def words(block, particles=32, dimensions=3, **method):
    short = {"kT": 1.0, "points": 6, "equilibration_steps": 400, "steps": 1000}
    return {
        "system": {
            "dimensions": dimensions,
            "particles": {"A": particles},
            "building_blocks": {"A": block},
        },
        "potential": None,
        "method": {"name": "free_energy", **short, **method},
        "settings": {"engine": "hoomd", "device": "cpu"},
    }


BODY = {"form": "hard_spherocylinder", "elongation": 0.001, "volume": np.pi / 6.0}
ROUND = words(BODY, phase={"plastic": "fcc"}, number_density=1.0)
SQUARE = {"form": "hard_polygon", "sides": 4}
ROUNDISH = {"form": "hard_polygon", "sides": 16}


def squares(density):
    return words(SQUARE, 36, 2, phase={"plastic": "square"}, number_density=density, points=2)


@pytest.mark.hoomd
@pytest.mark.slow
def test_bodies_that_are_nearly_spheres_are_spheres(tasks) -> None:
    """Free energy of as many hard spheres, whose orientations are worth nothing."""
    spheres = {"phase": {"lattice": "fcc"}, "number_density": 1.0, "steps": 4000}
    (body,) = tasks(root="bodies", **ROUND | {"method": {**ROUND["method"], "steps": 4000}})
    (sphere,) = tasks(root="spheres", **words({"form": "hard_sphere"}, **spheres))
    drive(body)
    drive(sphere)
    found, expected = result(body)["free_energy"], result(sphere)["free_energy"]
    difference = found["beta_F_of_N"] - expected["beta_F_of_N"]
    error = np.hypot(found["error"], expected["error"])
    assert error < 0.08
    assert abs(difference) < 4.0 * error
    # HOOMD-blue's field is the one whose partition function is known
    field = found["field_integral"]
    assert abs(field["value"] - found["rotors"]) < 4.0 * field["error"]
    assert found["turned_without_field"] == pytest.approx(found["turned_of_free_bodies"], abs=0.05)
    assert found["symmetries"] == 2


@pytest.mark.hoomd
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 100)
    monkeypatch.setattr(plastic, "PULL", np.inf)  # so short runs are not equilibrated
    short = {"points": 2, "equilibration_steps": 100, "steps": 200}
    (task,) = tasks(
        **words(ROUNDISH, 36, 2, phase={"plastic": "hexagonal"}, number_density=0.85, **short)
    )
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Plastic)
    assert without_time(cut).items() <= result(task).items()


@pytest.mark.hoomd
def test_bodies_that_do_not_turn_are_no_plastic_crystal(tasks) -> None:
    (task,) = tasks(**squares(0.9))
    drive(task)
    reason = json.loads((task.folder / "failed.json").read_text())["reason"]
    assert "the crystal is not plastic" in reason


def test_where_bodies_turned_alike_overlap_there_is_no_crystal(tasks) -> None:
    (task,) = tasks(**squares(1.01))
    with pytest.raises(EngineError, match=r"number_density: got 1\.01; expected less than 1,"):
        Plastic(task)


def test_centres_that_leave_the_lattice_are_no_plastic_crystal(tasks, monkeypatch) -> None:
    (task,) = tasks(**words(ROUNDISH, 36, 2, phase={"plastic": "hexagonal"}, number_density=0.85))
    job, random = Plastic(task), np.random.default_rng(0)
    m = len(job.fields)
    rows = {k: random.normal(1.0, 0.1, (100, 7)) for k in range(len(job.runs))}
    state = runs.State({}, np.zeros(len(job.runs)), rows)
    frames = [job.crystal] * len(job.runs)
    monkeypatch.setattr(job, "last", lambda number, _: frames[number])
    job._check_lasting(state)
    # of the crystal itself where the bodies are, on the way what is integrated: dκ/dλ = 2κ/λ
    assert np.array_equal(job.watched(0, state), rows[0][:, -1])
    slope = 2.0 * job.fields[1] / job.stiffness[1]
    for number in (2, 2 + m):
        integrand = rows[number][:, -1] + slope * rows[number][:, -2]
        assert job.watched(number, state) == pytest.approx(integrand)
    rows[2][:, -1] += np.linspace(0.0, 0.6, 100)
    with pytest.raises(EngineError, match=r"and a field of .* go on leaving their sites"):
        job._check_lasting(state)


def test_springs_hold_the_lattice_before_the_field_turns_the_bodies(tasks) -> None:
    (task,) = tasks(**squares(0.9) | {"method": squares(0.9)["method"] | {"points": 12}})
    job = Plastic(task)
    assert job.weights.sum() == pytest.approx(job.k)
    assert job.field_weights.sum() == pytest.approx(job.kappa, rel=1e-3)
    # of a free body all the field does, to what is known of it
    rule = job.fields, job.field_weights, job.kappa
    assert abs(job.rotors.quadrature(*rule)) < 0.002
    # while a body is turned less than half by the field the springs are not yet stiff
    half = 0.5 * job.rotors.axes / job.rotors.free_field
    assert job.stiffness[job.fields < half].max() < 0.1 * job.k


def test_simulations_of_an_earlier_program_are_not_gone_on_with(tasks, tmp_path) -> None:
    (task,) = tasks(**squares(0.9))
    job = Plastic(task)
    path = tmp_path / "equilibrium.npz"
    job.save(runs.State({}, np.zeros(len(job.runs), dtype=np.int64)), path)
    assert len(job.load(path).steps) == len(job.runs)
    job.save(runs.State({}, np.zeros(3 * 2 + 2, dtype=np.int64)), path)
    with pytest.raises(EngineError, match=r"has 8 simulations of an earlier program; expected 6"):
        job.load(path)


def test_two_starts_that_disagree_are_hysteresis(tasks) -> None:
    (task,) = tasks(**squares(0.9))
    job = Plastic(task)
    means = job.n / job.weights * 0.02
    errors = 0.01 * means
    one = np.column_stack([means, errors])
    assert job._check_ways(one, one) == 0.0
    with pytest.raises(EngineError, match=r"hysteresis: .* differ by 0\.02 kT"):
        job._check_ways(one, one * [0.5, 1.0])
    # as noisy as that they do not disagree
    noisy = np.column_stack([means, means])
    assert job._check_ways(noisy, noisy * [0.5, 1.0]) == pytest.approx(0.02)
