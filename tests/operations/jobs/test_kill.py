"""A run killed with SIGKILL at random moments loses nothing and repeats nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest

from operations.engines import engine_classes
from operations.jobs import attempts
from operations.jobs.driver import drive
from tests.operations.interruptions import killed, process

CHUNK = 64 * 2000
STEPS = 100_000

#: Short chunks in a process of its own.
SETUP = f"""
from operations.engines import engine_classes
kind = engine_classes({{engine!r}})[0]
begin = kind.__init__
def short_chunks(self, *words):
    begin(self, *words)
    self.chunk_particle_steps = {CHUNK}
kind.__init__ = short_chunks
"""


def contents(folder: Path) -> tuple[list[int], list[np.ndarray], dict[str, np.ndarray]]:
    with gsd.hoomd.open(folder / "trajectory.gsd") as trajectory:
        steps = [int(frame.configuration.step) for frame in trajectory]
        positions = [np.array(frame.particles.position) for frame in trajectory]
    with np.load(folder / "thermo.npz") as thermo:
        series = {key: thermo[key] for key in thermo.files if key != "wall_seconds"}
    return steps, positions, series


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine", ["lammps", "batched", pytest.param("hoomd", marks=pytest.mark.hoomd)]
)
def test_ten_kills(tasks, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = tasks(method={"steps": STEPS, "number_density": 0.5}, settings={"frames": 100})
    random = np.random.default_rng(12)
    how = (SETUP.format(engine=engine), {"engine": engine, "device": "cpu", "frames": 100})
    n_killed = sum(killed(task, random.uniform(0.0, 0.15), *how) for _ in range(10))
    assert n_killed == 10, "the run was over before the last kill"
    assert not (task.folder / "result.json").exists()
    assert process(task, *how).wait(120) == 0

    kind = engine_classes(engine)[0]
    begin = kind.__init__

    def short_chunks(self, *words) -> None:
        begin(self, *words)
        self.chunk_particle_steps = CHUNK

    monkeypatch.setattr(kind, "__init__", short_chunks)
    whole = replace(task, folder=task.folder.parent / "uninterrupted")
    whole.folder.mkdir()
    drive(replace(whole, settings=how[1]))

    steps, positions, thermo = contents(task.folder)
    expected_steps, expected_positions, expected_thermo = contents(whole.folder)
    assert steps == list(range(STEPS // 100, STEPS + 1, STEPS // 100)) == expected_steps
    for one, other in zip(positions, expected_positions, strict=True):
        assert np.array_equal(one, other)
    for key, values in expected_thermo.items():
        assert np.array_equal(thermo[key], values), key
    outcomes = [attempt["outcome"] for attempt in attempts.read(task.folder)]
    assert outcomes == ["lost"] * 10 + ["finished"]
    assert not (task.folder / "checkpoint.npz").exists()
