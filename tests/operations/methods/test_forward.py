"""Forward simulation with the real engine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import gsd.hoomd
import numpy as np
import pytest

from operations.engines.lammps import Lammps
from operations.jobs import samples, trajectory
from operations.jobs.driver import drive
from operations.jobs.samples import SHEAR_COLUMNS
from operations.jobs.state import FAILED
from operations.methods.forward import Forward
from operations.methods.schedule import knots, schedule
from tests.operations.interruptions import interrupted_at_every_checkpoint, result

RESULT_KEYS = {
    "energy_per_particle",
    "enthalpy_per_particle",
    "number_density",
    "pressure",
    "kT",
    "n_particles",
    "engine",
    "engine_version",
    "device",
    "seed",
    "wall_seconds",
    "energy_evaluations",
    "versions",
}


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lammps, "chunk_particle_steps", 64 * 700)


def test_schedule_of_a_run_with_all_stages() -> None:
    method = {
        "kT": [1.0, 0.5, 0.1],
        "pressure": [0.0, 3.0],
        "steps": 100,
        "equilibration_steps": 10,
    }
    segments = schedule(method, production_steps=40)
    assert [(s.start, s.stop) for s in segments] == [(0, 10), (10, 60), (60, 110), (110, 150)]
    assert [s.kT for s in segments] == [(1.0, 1.0), (1.0, 0.5), (0.5, 0.1), (0.1, 0.1)]
    np.testing.assert_allclose([s.pressure for s in segments], [(0, 0), (0, 1.5), (1.5, 3), (3, 3)])
    assert knots(0.5) == [0.5, 0.5]


def test_products(tasks) -> None:
    (task,) = tasks()
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert set(result) >= RESULT_KEYS
    assert result["n_particles"] == 64
    assert result["number_density"] == pytest.approx(0.8)
    with gsd.hoomd.open(task.folder / "trajectory.gsd") as trajectory:
        steps = [frame.configuration.step for frame in trajectory]
        assert steps == list(range(300, 3001, 300))
        assert trajectory[-1].log["energy_per_particle"][0] == result["energy_per_particle"]
    with gsd.hoomd.open(task.folder / "final.gsd") as final:
        assert final[0].particles.N == 64
        last = float(final[0].log["pressure"][0])
    assert result["pressure"] is None  # no production, no average
    with np.load(task.folder / "thermo.npz") as thermo:
        assert last == pytest.approx(thermo["pressure"][-1])
        assert thermo["step"].tolist() == list(range(100, 3001, 100))
        # The ramp from 0.6 to 0.2 is followed.
        assert thermo["kT"][-5:].mean() == pytest.approx(0.22, abs=0.08)
    assert not (task.folder / "checkpoint.npz").exists()


def frames(folder) -> list[np.ndarray]:
    with gsd.hoomd.open(folder / "trajectory.gsd") as trajectory:
        return [np.array(frame.particles.position) for frame in trajectory]


@pytest.mark.parametrize("ensemble", ["nvt", "npt"])
def test_an_interrupted_run_equals_an_uninterrupted_one(tasks, ensemble: str) -> None:
    method = {"ensemble": "npt", "pressure": 0.5} if ensemble == "npt" else {}
    (task,) = tasks(method=method)
    drive(task)
    whole = frames(task.folder)
    thermo = dict(np.load(task.folder / "thermo.npz"))

    folder = task.folder.parent / ("f" * 32)
    folder.mkdir()
    again = replace(task, folder=folder)
    checkpoint = folder / "checkpoint.npz"
    forward = Forward(again)
    state = forward.start()
    while not forward.finished(state):
        state = forward.step(state)
        forward.save(state, checkpoint)
        # A killed run leaves a frame and samples that its checkpoint does not know.
        samples.append(folder / samples.FILE, np.ones((3, 5)))
        trajectory.append(
            folder / "trajectory.gsd", [(10**9, forward.engine.configuration(state.engine))]
        )
        forward = Forward(again)
        state = forward.load(checkpoint)
    forward.finish(state)
    for one, other in zip(whole, frames(folder), strict=True):
        assert np.array_equal(one, other)
    for key, values in np.load(folder / "thermo.npz").items():
        if key != "wall_seconds":
            assert np.array_equal(thermo[key], values), key


def test_a_checkpoint_does_not_grow_with_the_run(tasks) -> None:
    (task,) = tasks(settings={"log_period": 1, "frames": 0})
    forward, checkpoint = Forward(task), task.folder / "checkpoint.npz"
    state, sizes = forward.start(), []
    while not forward.finished(state):
        state = forward.step(state)
        forward.save(state, checkpoint)
        sizes.append(checkpoint.stat().st_size)
    assert len(sizes) == 5
    assert max(sizes) < 1.05 * min(sizes)
    assert (task.folder / samples.FILE).stat().st_size == 3000 * 40
    drive(task)
    assert not list(task.folder.glob("checkpoint.*"))


def test_production_gives_averages_and_can_be_lengthened(
    tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = tasks(method={"kT": 2.0, "steps": 1000, "production_steps": 12000})
    assert task.extent == {"production_steps": 12000}
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    energy = result["averages"]["energy_per_particle"]
    assert energy["n_samples"] == 120
    assert energy["mean"] == result["energy_per_particle"]
    assert 0 < energy["standard_error"] < 1

    (task.folder / "result.json").rename(task.folder / "result.previous.json")
    longer = replace(task, extent={"production_steps": 16000})
    # A kill after the first chunk's frames and before its checkpoint.
    forward = Forward(longer)
    state = forward.step(forward.start())
    trajectory.append(task.folder / "trajectory.gsd", state.frames)
    drive(longer)
    with gsd.hoomd.open(task.folder / "trajectory.gsd") as frames_written:
        steps = [frame.configuration.step for frame in frames_written]
    assert steps == sorted(set(steps))
    result = json.loads((task.folder / "result.json").read_text())
    assert result["steps"] == 17000
    assert result["averages"]["energy_per_particle"]["n_samples"] == 160
    with np.load(task.folder / "thermo.npz") as thermo:
        assert thermo["step"].tolist() == list(range(100, 17001, 100))

    assert not (task.folder / "result.previous.json").exists()

    monkeypatch.setenv("CAMPAIGN_FORCE", "1")
    drive(task)
    assert json.loads((task.folder / "result.json").read_text())["steps"] == 13000


@pytest.mark.parametrize(
    ("more", "columns"),
    [
        ({}, []),
        ({"system": {"walls": {"separation": 8.0}}}, ["walls_energy", "wall_pressure"]),
        ({"settings": {"properties": ["viscosity"], "frames": 4}}, ["pressure_xy"]),
    ],
)
def test_what_is_sampled_stays_over_checkpoints_and_lengthenings(
    tasks, more: dict[str, Any], columns: list[str]
) -> None:
    method = {"kT": 2.0, "number_density": 0.3, "steps": 1000, "production_steps": 3000}
    (task,) = tasks(method=method, **more)
    folder, _ = interrupted_at_every_checkpoint(task, Forward)
    drive(task)
    (task.folder / "result.json").rename(task.folder / "result.previous.json")
    drive(replace(task, extent={"production_steps": 5000}))
    assert result(task)["steps"] == 6000
    for where, steps in ((folder, 4000), (task.folder, 6000)):
        with np.load(where / "thermo.npz") as thermo:
            assert thermo["step"][-1] == steps
            assert {*columns} <= {*thermo.files}
            assert columns or not {*SHEAR_COLUMNS} & {*thermo.files}


def test_what_is_not_as_it_was_written_is_not_lengthened(tasks) -> None:
    (task,) = tasks(method={"steps": 700, "production_steps": 700})
    drive(task)
    final = task.folder / "final.gsd"
    moved = trajectory.read(final)[0]
    moved.positions[0, 0] += 0.1
    trajectory.write(final, [(1400, moved)])
    (task.folder / "result.json").rename(task.folder / "result.previous.json")
    longer = replace(task, extent={"production_steps": 1400})
    drive(longer)
    reason = json.loads((task.folder / FAILED).read_text())["reason"]
    assert "was written with another final.gsd; to begin anew delete final.gsd" in reason
    final.unlink()
    (task.folder / FAILED).unlink()
    drive(longer)
    assert json.loads((task.folder / "result.json").read_text())["steps"] == 2100


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ({"dt": 0.2}, "LAMMPS says|kinetic temperature|non-finite"),
        ({"ensemble": "nve", "kT": 1.0, "dt": 0.03}, "drifted|LAMMPS says|non-finite"),
    ],
)
def test_an_exploding_run_fails_with_the_reason(tasks, method, reason: str) -> None:
    import re

    (task,) = tasks(method={"steps": 100_000, **method})
    drive(task)
    failed = json.loads((task.folder / FAILED).read_text())
    assert failed["retry"] == "physics"
    assert re.search(reason, failed["reason"])
    with gsd.hoomd.open(task.folder / "last_good.gsd") as last:
        assert np.isfinite(last[0].particles.position).all()


def test_energy_is_conserved_in_the_nve_ensemble(tasks) -> None:
    (task,) = tasks(
        method={"ensemble": "nve", "kT": 0.5, "start": "hexagonal", "steps": 10_000, "dt": 0.002},
        potential={"truncation": "force_shift"},
    )
    drive(task)
    with np.load(task.folder / "thermo.npz") as thermo:
        total = thermo["energy_per_particle"] + thermo["kT"] * 63 / 64
    assert np.ptp(total) < 2e-3


def test_every_frame_has_its_energy_whatever_the_number_of_steps(tasks) -> None:
    (task,) = tasks(method={"steps": 3350, "production_steps": 777}, settings={"frames": 13})
    drive(task)
    (task.folder / "result.json").rename(task.folder / "result.previous.json")
    drive(replace(task, extent={"production_steps": 1777}))
    with (
        np.load(task.folder / "thermo.npz") as thermo,
        gsd.hoomd.open(task.folder / "trajectory.gsd") as trajectory_read,
    ):
        energy = dict(zip(thermo["step"], thermo["energy_per_particle"], strict=True))
        steps = [frame.configuration.step for frame in trajectory_read]
        assert steps[-1] == 3350 + 1777
        for frame in trajectory_read:
            assert frame.log["energy_per_particle"][0] == energy[frame.configuration.step]


def test_an_open_boundary_stays_open(tasks) -> None:
    (task,) = tasks(
        system={"dimensions": 3, "boundary": "open", "particles": {"A": 13}},
        potential={"form": "lennard_jones", "epsilon": 1.0, "r0": None},
        method={"start": "fcc", "kT": 0.05, "steps": 1000, "number_density": 1.0},
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] is None
    assert result["pressure"] is None
    assert result["energy_per_particle"] < -1.0
    from analysis.configuration import Configuration

    final = Configuration.read(task.folder / "final.gsd")
    assert not final.periodic
    assert not final.images.any()


def test_auto_goes_on_with_the_engine_of_the_checkpoint(tasks, monkeypatch) -> None:
    (task,) = tasks(settings={"engine": "auto"})
    forward = Forward(task)
    forward.save(forward.step(forward.start()), task.folder / "checkpoint.npz")
    monkeypatch.setattr("operations.engines.hoomd_simulation.gpu_present", lambda: True)
    assert Forward(task).engine.name == "lammps"


def test_a_start_from_a_file(tasks, tmp_path) -> None:
    (first,) = tasks(root="first")
    drive(first)
    (task,) = tasks(
        root="second",
        method={
            "start": {"file": str(first.folder / "final.gsd")},
            "number_density": None,
            "steps": 500,
        },
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.8)
    start = Forward(task)._initial_configuration(0.6)
    with gsd.hoomd.open(first.folder / "final.gsd") as final:
        np.testing.assert_allclose(start.positions, final[0].particles.position, atol=1e-6)


def test_mixtures_and_three_dimensions(tasks) -> None:
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": 100, "B": 56}},
        potential={
            "form": "lennard_jones",
            "epsilon": 1.0,
            "r0": None,
            "types": {"B": {"sigma": 0.88, "epsilon": 0.5}},
        },
        method={"ensemble": "npt", "cell": "flexible", "pressure": 1.0, "steps": 1000},
    )
    drive(task)
    with gsd.hoomd.open(task.folder / "final.gsd") as final:
        assert final[0].particles.types == ["A", "B"]
        assert np.bincount(final[0].particles.typeid).tolist() == [100, 56]
        assert np.any(final[0].configuration.box[3:] != 0)
