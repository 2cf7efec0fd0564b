"""Real jobs side by side in one process: each as if it were alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operations.engines import batched
from operations.engines.batched import Batched
from operations.jobs import attempts, deadline
from operations.jobs.driver import Task, drive, run_together
from operations.jobs.errors import DeviceLostError
from operations.jobs.state import CHECKPOINT, FAILED, RESULT, RUNNING
from tests.conftest import REPOSITORY
from tests.operations.interruptions import result, without_time

HOW = {"engine": "batched", "device": "cpu", "frames": 5}
#: Two sizes, two forms of potential, two temperatures: twelve jobs.
MANY: dict[str, Any] = {
    "system": [{"dimensions": 2, "particles": {"A": n}} for n in (16, 25)],
    "potential": [
        {"form": "lennard_jones", "r_cut": 2.0},
        {"form": "lennard_jones", "r_cut": 2.5},
        {"form": "yukawa", "r_cut": 2.5},
    ],
    "method": {"steps": 700, "kT": [0.7, 1.0], "number_density": 0.4},
    "settings": HOW,
}


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Chunks of 200 steps and so many systems."""
    sizes: list[int] = []
    together = Batched.run_together

    def counted(runs):
        sizes.append(len(runs))
        return together(runs)

    monkeypatch.setattr(Batched, "run_together", staticmethod(counted))
    monkeypatch.setattr(Batched, "chunk_particle_steps", 200 * 16)
    return sizes


def go(tasks: Sequence[Task]) -> None:
    names = [task.statepoint["method"]["name"] for task in tasks]
    run_together([task.folder for task in tasks], tasks[0].root, tasks[0].settings, names)


def alone(task: Task) -> Task:
    """The same job in a folder of its own, done by itself."""
    again = replace(task, folder=task.folder.parent / f"alone_{task.id}")
    again.folder.mkdir()
    drive(again)
    return again


def assert_same(one: Path, other: Path) -> None:
    """The products, bit for bit."""
    for name in ("final.gsd", "trajectory.gsd"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    with np.load(one / "thermo.npz") as a, np.load(other / "thermo.npz") as b:
        assert set(a.files) == set(b.files)
        for key in set(a.files) - {"wall_seconds"}:
            assert np.array_equal(a[key], b[key]), key


def outcomes(task: Task) -> list[str]:
    return [attempt["outcome"] for attempt in attempts.read(task.folder)]


def test_many_together_are_each_alone(tasks, chunks: list[int], monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    many = tasks(**MANY)
    assert len(many) == 12
    go(many)
    assert chunks[0] == 12
    assert max(chunks[1:]) <= 12
    n_chunks = len(chunks)
    for task in many:
        assert_same(task.folder, alone(task).folder)
        assert without_time(result(task)) == without_time(
            result(replace(task, folder=task.folder.parent / f"alone_{task.id}"))
        )
        assert outcomes(task) == ["finished"]
        assert not (task.folder / CHECKPOINT).exists()
    assert set(chunks[n_chunks:]) == {1}


def test_one_that_explodes_takes_nobody_along(tasks, chunks: list[int]) -> None:
    many = tasks(
        method={"steps": 700, "dt": [0.004, 0.005, 0.9], "number_density": 0.4}, settings=HOW
    )
    go(many)
    (bad,) = (task for task in many if task.statepoint["method"]["dt"] > 0.1)
    assert outcomes(bad) == ["failed"]
    assert json.loads((bad.folder / FAILED).read_text())["retry"] == "physics"
    assert (bad.folder / "last_good.gsd").exists()
    for task in many:
        if task is not bad:
            assert_same(task.folder, alone(task).folder)


def test_a_job_that_cannot_begin_and_one_that_is_busy(tasks, chunks: list[int], capsys) -> None:
    first, second, third = tasks(
        method={"steps": 300, "number_density": 0.4}, replicas=3, settings=HOW
    )
    (first.folder / "signac_statepoint.json").write_text("{")
    (second.folder / RESULT).write_text("{}")
    go([first, second, third])
    assert outcomes(first) == ["failed"]
    assert outcomes(second) == []
    assert outcomes(third) == ["finished"]
    assert "is finished: nothing to do" in capsys.readouterr().err


def test_a_warning_stops_all_at_their_checkpoints(tasks, chunks: list[int], monkeypatch) -> None:
    """And they go on in another company as if nothing had been."""
    many = tasks(method={"steps": 900, "number_density": 0.4}, replicas=3, settings=HOW)
    together = Batched.run_together

    def warned(runs):
        if len(chunks) == 2:
            monkeypatch.setattr(deadline, "_warning", signal.SIGUSR1)
        return together(runs)

    monkeypatch.setattr(Batched, "run_together", staticmethod(warned))
    go(many)
    assert [outcomes(task) for task in many] == [["walltime"]] * 3
    assert all((task.folder / CHECKPOINT).exists() for task in many)
    assert chunks == [3, 3, 3]
    monkeypatch.setattr(deadline, "_warning", None)
    drive(many[0])
    go(many[1:])
    for task in many:
        assert outcomes(task) == ["walltime", "finished"]
        assert_same(task.folder, alone(task).folder)


def test_a_deadline_that_the_next_chunk_of_all_would_miss(
    tasks, chunks: list[int], monkeypatch
) -> None:
    many = tasks(method={"steps": 900, "number_density": 0.4}, replicas=2, settings=HOW)
    spent: list[float] = []

    def reason(self: Any, seconds: float) -> str | None:
        spent.append(seconds)
        return "deadline" if len(chunks) >= 2 and seconds else None

    monkeypatch.setattr(deadline.Deadline, "reason_to_stop", reason)
    go(many)
    assert [outcomes(task) for task in many] == [["walltime"]] * 2
    assert chunks == [2, 2]
    assert all(seconds > 0 for seconds in spent[-2:])


def test_told_to_stop_before_its_launch(tasks, chunks: list[int], monkeypatch) -> None:
    """In the second round only the first is launched."""
    many = tasks(method={"steps": 900, "number_density": 0.4}, replicas=2, settings=HOW)
    follow_all = batched.follow_all

    def one(trips, device):
        reached = follow_all(trips, device)
        return [reached[0], None] if len(chunks) == 2 else reached

    monkeypatch.setattr(batched, "follow_all", one)
    go(many)
    assert [outcomes(task) for task in many] == [["finished"], ["walltime"]]
    assert (many[1].folder / CHECKPOINT).exists()
    go(many)
    for task in many:
        assert_same(task.folder, alone(task).folder)


def test_what_fails_after_a_launch_is_of_one_alone(tasks, chunks: list[int], monkeypatch) -> None:
    many = tasks(method={"steps": 300, "number_density": 0.4}, replicas=3, settings=HOW)
    whole = Batched._chunk

    def chunk(self, run, trip, passed):
        if self._seed == many[1].seed:
            raise OSError("of this one")
        return whole(self, run, trip, passed)

    monkeypatch.setattr(Batched, "_chunk", chunk)
    go(many)
    assert [outcomes(task) for task in many] == [["finished"], ["error"], ["finished"]]
    assert chunks[0] == 3
    assert set(chunks[1:]) == {2}


def test_a_gpu_that_is_lost_is_as_a_kill(tasks, monkeypatch) -> None:
    many = tasks(method={"steps": 300, "number_density": 0.4}, replicas=2, settings=HOW)

    def lost(runs):
        raise DeviceLostError

    monkeypatch.setattr(Batched, "run_together", staticmethod(lost))
    with pytest.raises(DeviceLostError):
        go(many)
    assert [outcomes(task) for task in many] == [["lost"]] * 2
    assert all((task.folder / RUNNING).exists() for task in many)


def test_the_keyboard_is_written_down_by_all(tasks, monkeypatch) -> None:
    many = tasks(method={"steps": 300, "number_density": 0.4}, replicas=2, settings=HOW)

    def interrupted(runs):
        raise KeyboardInterrupt

    monkeypatch.setattr(Batched, "run_together", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt):
        go(many)
    assert [outcomes(task) for task in many] == [["interrupted"]] * 2


def test_other_engines_go_one_by_one(tasks) -> None:
    many = tasks(method={"steps": 300, "number_density": 0.4}, replicas=2)
    go(many)
    for task in many:
        assert_same(task.folder, alone(task).folder)


def test_project_run_has_one_on_each_core(campaign, command) -> None:
    root = campaign(method={"steps": 300, "number_density": 0.4}, replicas=5, settings=HOW)
    done = command("project.py", "run", cwd=root, environment={"OMP_NUM_THREADS": "3"})
    assert done.returncode == 0, done.stderr
    tries = [attempts.read(folder) for folder in (root / "workspace").iterdir()]
    assert [[one["outcome"] for one in each] for each in tries] == [["finished"] * 2] * 5
    spans = sorted((each[0]["start"], each[0]["end"]) for each in tries)
    at_once = [sum(a <= start < b for a, b in spans) for start, _ in spans]
    assert max(at_once) == 3
    assert max(end for _, end in spans[:3]) <= spans[3][0]


SCRIPT = """
import sys
from pathlib import Path
from operations.engines.batched import Batched
from operations.jobs.driver import run_together
Batched.chunk_particle_steps = {particle_steps}
root, *folders = map(Path, sys.argv[1:])
run_together(folders, root, {how}, ["forward"] * len(folders))
"""


@pytest.mark.slow
def test_kills_change_nothing(tasks, chunks: list[int]) -> None:
    many = tasks(method={"steps": 40_000, "number_density": 0.4}, replicas=3, settings=HOW)
    words = [str(many[0].root), *(str(task.folder) for task in many)]
    script = SCRIPT.format(how=HOW, particle_steps=1000 * 16)
    random = np.random.default_rng(5)
    for _ in range(3):
        files = [task.folder / CHECKPOINT for task in many]
        before = [file.stat().st_mtime_ns if file.exists() else 0 for file in files]
        running = subprocess.Popen([sys.executable, "-c", script, *words], cwd=REPOSITORY)
        limit = time.monotonic() + 200
        while running.poll() is None and time.monotonic() < limit:
            now = [file.stat().st_mtime_ns if file.exists() else 0 for file in files]
            if now[-1] != before[-1]:
                break
            time.sleep(0.002)
        time.sleep(random.uniform(0.0, 0.05))
        running.kill()
        assert running.wait() != 0
    Batched.chunk_particle_steps = 1000 * 16  # put back by the fixture
    go(many)
    for task in many:
        assert outcomes(task) == ["lost"] * 3 + ["finished"]
        assert_same(task.folder, alone(task).folder)
