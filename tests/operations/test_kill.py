"""A run killed with SIGKILL at random moments loses nothing and repeats nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest

from operations import attempts
from operations.driver import Task, drive
from operations.engines import engine_class
from tests.conftest import REPOSITORY

CHUNK = 64 * 2000
STEPS = 100_000

SCRIPT = f"""
import sys
from pathlib import Path
from operations.driver import Task, drive
from operations.engines import engine_class
folder, root, engine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
kind = engine_class(engine)
begin = kind.__init__
def short_chunks(self, *words):
    begin(self, *words)
    self.chunk_particle_steps = {CHUNK}
kind.__init__ = short_chunks
drive(Task.read(folder, root, {{"engine": engine, "device": "cpu", "frames": 100}}))
"""


def start(task: Task, engine: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(task.folder), str(task.root), engine],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.DEVNULL,
    )


def killed(task: Task, engine: str, after: float) -> bool:
    """Run until the first checkpoint or product changes, then for some seconds; kill."""
    process = start(task, engine)

    def written() -> int:
        checkpoint = task.folder / "checkpoint.npz"
        return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0

    before, limit = written(), time.monotonic() + 60
    while process.poll() is None and written() == before and time.monotonic() < limit:
        time.sleep(0.002)
    time.sleep(after)
    process.kill()
    return process.wait() != 0


def contents(folder: Path) -> tuple[list[int], list[np.ndarray], dict[str, np.ndarray]]:
    with gsd.hoomd.open(folder / "trajectory.gsd") as trajectory:
        steps = [int(frame.configuration.step) for frame in trajectory]
        positions = [np.array(frame.particles.position) for frame in trajectory]
    with np.load(folder / "thermo.npz") as thermo:
        series = {key: thermo[key] for key in thermo.files if key != "wall_seconds"}
    return steps, positions, series


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_ten_kills(tasks, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = tasks(method={"steps": STEPS, "number_density": 0.5}, settings={"frames": 100})
    random = np.random.default_rng(12)
    n_killed = sum(killed(task, engine, random.uniform(0.0, 0.15)) for _ in range(10))
    assert n_killed == 10, "the run was over before the last kill"
    assert not (task.folder / "result.json").exists()
    assert start(task, engine).wait(120) == 0

    kind = engine_class(engine)
    begin = kind.__init__

    def short_chunks(self, *words) -> None:
        begin(self, *words)
        self.chunk_particle_steps = CHUNK

    monkeypatch.setattr(kind, "__init__", short_chunks)
    whole = replace(task, folder=task.folder.parent / "uninterrupted")
    whole.folder.mkdir()
    drive(replace(whole, settings={"engine": engine, "device": "cpu", "frames": 100}))

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
