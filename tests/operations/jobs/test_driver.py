"""The driver's promises, on a toy method that counts and keeps a log."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operations.engines import ExplodedError
from operations.jobs import attempts, deadline, driver
from operations.jobs.driver import Task, drive, exclusive
from operations.jobs.files import replacing, write_product
from operations.jobs.result import Result
from operations.jobs.seal import broken
from operations.jobs.state import CHECKPOINT, FAILED, KEPT, PREVIOUS, RESULT, STATEPOINT
from workspace_schema.job_ids import job_id


@dataclass
class Count:
    n: int


class Counter:
    """Counts to `method.target`, one a chunk; every number goes to an append-only log."""

    unit = "counts"

    def __init__(self, task: Task) -> None:
        self.task = task
        self.log = task.folder / "log"
        self.method = task.statepoint["method"]

    def start(self) -> Count:
        self.log.write_text("")
        return Count(0)

    def step(self, state: Count) -> Count:
        if state.n == self.method.get("explode"):
            raise ExplodedError("too hot")
        if state.n == self.method.get("signal"):
            os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self.method.get("sleep", 0.0))
        return Count(state.n + 1)

    def finished(self, state: Count) -> bool:
        return state.n >= self.method["target"]

    def save(self, state: Count, path: Path) -> None:
        with open(self.log, "a") as log:
            log.write(f"{state.n}\n")
        with replacing(path) as temporary:
            temporary.write_text(str(state.n))

    def load(self, path: Path) -> Count:
        n = int(path.read_text())
        self.log.write_text("".join(f"{k + 1}\n" for k in range(n)))
        return Count(n)

    def progress(self, state: Count) -> tuple[float, float, float, str]:
        return state.n, self.method["target"], 1, ""

    def rescue(self, state: Count) -> None:
        write_product(self.task.folder / "last_good.json", state.n)

    def finish(self, state: Count) -> Result:
        return Result(
            n_particles=1,
            engine="toy",
            engine_version=None,
            device=None,
            seed=self.task.seed,
            wall_seconds=0.0,
            energy_evaluations=state.n,
            details={"n": state.n},
        )


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(driver, "method_class", lambda name: Counter)

    def make(**method: Any) -> Task:
        folder = tmp_path / "workspace" / ("0" * 32)
        folder.mkdir(parents=True, exist_ok=True)
        return Task(
            id="0" * 32,
            folder=folder,
            root=tmp_path,
            statepoint={"method": {"name": "toy", "target": 20} | method},
            extent={},
            settings={},
        )

    return make


def log(task: Task) -> list[int]:
    return [int(line) for line in (task.folder / "log").read_text().splitlines()]


def outcomes(task: Task) -> list[str]:
    return [attempt["outcome"] for attempt in attempts.read(task.folder)]


def test_a_whole_run(toy) -> None:
    task = toy()
    drive(task)
    result = json.loads((task.folder / RESULT).read_text())
    assert (result["n"], result["extent"], result["engine"]) == (20, {}, "toy")
    assert result["job_id"] == task.id
    assert broken(result, task.folder) == ""
    assert log(task) == list(range(1, 21))
    assert not (task.folder / CHECKPOINT).exists()
    assert outcomes(task) == ["finished"]
    assert (task.root / "results" / ".due").exists()


def test_a_finished_job_is_left_alone_unless_forced(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    task = toy()
    drive(task)
    before = {
        path: path.stat().st_mtime_ns for path in task.folder.iterdir() if path.name != ".lock"
    }
    drive(task)
    assert before == {path: path.stat().st_mtime_ns for path in before}
    monkeypatch.setenv("CAMPAIGN_FORCE", "1")
    drive(task)
    assert outcomes(task) == ["finished", "finished"]


@pytest.mark.parametrize("lengthened", [False, True])
def test_only_a_run_that_is_lengthened_goes_on_from_what_is_kept(toy, lengthened: bool) -> None:
    task = toy()
    kept = [task.folder / name for name in KEPT]
    for file in kept:
        file.touch()
    if lengthened:
        (task.folder / PREVIOUS).write_text("{}")
    drive(task)
    assert [file.exists() for file in kept] == [lengthened] * len(kept)


def test_a_warning_stops_at_a_checkpoint_and_the_next_run_goes_on(
    toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = toy(signal=7)
    drive(task)
    assert (task.folder / CHECKPOINT).exists()
    assert not (task.folder / RESULT).exists()
    drive(task)  # a process once warned begins nothing more
    assert outcomes(task) == ["walltime"]
    monkeypatch.setattr(deadline, "_warning", None)
    drive(task)
    assert log(task) == list(range(1, 21))
    assert outcomes(task) == ["walltime", "finished"]


def test_the_deadline_is_kept(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1e9]  # a clock of its own: chunks take as long as they say
    for name in ("time", "monotonic"):
        monkeypatch.setattr(time, name, lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    monkeypatch.setattr(deadline, "MARGIN", 0.25)
    monkeypatch.setenv("CAMPAIGN_DEADLINE", str(now[0] + 1.0))
    task = toy(sleep=0.1, target=1000)
    drive(task)
    assert now[0] <= 1e9 + 0.75
    assert 6 <= len(log(task)) <= 7  # no chunk is given away
    assert outcomes(task) == ["walltime"]


def test_an_explosion_fails_the_job_and_keeps_the_last_good_state(toy) -> None:
    task = toy(explode=5)
    drive(task)
    failed = json.loads((task.folder / FAILED).read_text())
    assert failed["retry"] == "physics"
    assert "too hot" in failed["reason"]
    assert json.loads((task.folder / "last_good.json").read_text()) == 5
    drive(task)
    assert outcomes(task) == ["failed"]


def test_a_damaged_checkpoint_is_a_clear_failure(toy) -> None:
    task = toy()
    (task.folder / CHECKPOINT).write_text("garbage")
    drive(task)
    assert "garbage" in json.loads((task.folder / FAILED).read_text())["reason"]


def test_two_processes_do_not_share_a_job(toy, capsys: pytest.CaptureFixture[str]) -> None:
    task = toy()
    ready, leave = multiprocessing.Event(), multiprocessing.Event()

    def hold() -> None:
        with exclusive(task.folder):
            ready.set()
            leave.wait(30)

    holder = multiprocessing.get_context("fork").Process(target=hold)
    holder.start()
    try:
        assert ready.wait(30)
        drive(task)
    finally:
        leave.set()
        holder.join()
    assert "another process" in capsys.readouterr().err
    assert not (task.folder / RESULT).exists()
    drive(task)
    assert (task.folder / RESULT).exists()


def test_killed_at_ten_random_moments(toy) -> None:
    task = toy(sleep=0.01, target=100)
    random = __import__("numpy").random.default_rng(4)
    for _ in range(10):
        process = multiprocessing.get_context("fork").Process(target=drive, args=(task,))
        process.start()
        time.sleep(random.uniform(0.02, 0.2))
        process.kill()
        process.join()
    drive(task)
    assert log(task) == list(range(1, 101))
    assert json.loads((task.folder / RESULT).read_text())["n"] == 100
    assert [p for p in task.folder.iterdir() if ".tmp" in p.name] == []


@pytest.mark.parametrize("statepoint", [{"x": 1}, {"method": 3}, {"method": {"name": "magic"}}])
def test_a_strange_state_point_is_a_failure_of_its_job(
    tmp_path: Path, statepoint: dict[str, Any]
) -> None:
    folder = tmp_path / "workspace" / job_id(statepoint)
    folder.mkdir(parents=True)
    write_product(folder / STATEPOINT, statepoint)
    driver.run(folder, tmp_path, {}, "forward")
    assert "has no method of this program" in json.loads((folder / FAILED).read_text())["reason"]
