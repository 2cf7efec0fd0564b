"""Runs that are interrupted: at every checkpoint, or by SIGKILL at any moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from operations.jobs import attempts, seal
from operations.jobs.driver import Method, Task, drive
from tests.conftest import REPOSITORY

SCRIPT = """
import sys
from pathlib import Path
from operations.jobs.driver import Task, drive
{setup}
drive(Task.read(Path(sys.argv[1]), Path(sys.argv[2]), {settings}))
"""

#: A run that would be over before it is killed waits for it, its result not yet written.
HELD = """
import os, time
from operations.jobs import driver
def held(result, folder, files):
    os.utime(folder / "checkpoint.npz")
    time.sleep(200)
driver.sealed = held
"""


def elsewhere(task: Task, name: str) -> Task:
    """The same task in an empty folder."""
    folder = task.folder.parent / name
    folder.mkdir()
    return replace(task, folder=folder)


def ended(method: Method, state: Any = None) -> Any:
    """The last state of a run, from its start or from another state."""
    state = method.start() if state is None else state
    while not method.finished(state):
        state = method.step(state)
    return state


def resumed(task: Task, kind: Callable[[Task], Method]) -> tuple[Method, Any]:
    """Every chunk by a new object that knows only the checkpoint: the last one, and its state."""
    method, checkpoint = kind(task), task.folder / "checkpoint.npz"
    state = method.start()
    while not method.finished(state):
        method.save(method.step(state), checkpoint)
        method = kind(task)
        state = method.load(checkpoint)
    return method, state


def interrupted_at_every_checkpoint(
    task: Task, kind: Callable[[Task], Method]
) -> tuple[Path, dict[str, Any]]:
    """Folder and result of a run that was."""
    again = elsewhere(task, "f" * 32)
    method, state = resumed(again, kind)
    return again.folder, method.finish(state).to_json()


#: Keys by which a result vouches for itself, its job and its files.
SEALED = (seal.JOB, seal.FILES, seal.SEAL)


def result(task: Task) -> dict[str, Any]:
    """What the task left in result.json."""
    content: dict[str, Any] = json.loads((task.folder / "result.json").read_text())
    return content


def without_time(content: dict[str, Any]) -> dict[str, Any]:
    """A result but for the seconds that it took, and the seal, which knows of them."""
    return {key: value for key, value in content.items() if key not in ("wall_seconds", *SEALED)}


def assert_kills_change_nothing(task: Task, kills: int) -> None:
    """SIGKILL after some checkpoints; the products are those of an uninterrupted search."""
    random = np.random.default_rng(3)
    assert all(killed(task, random.uniform(0.0, 0.1)) for _ in range(kills))
    assert not (task.folder / "result.json").exists()
    drive(task)
    whole = elsewhere(task, "uninterrupted")
    drive(whole)
    assert without_time(result(task)) == without_time(result(whole))
    frames = [(folder / "final.extxyz").read_text() for folder in (task.folder, whole.folder)]
    assert frames[0] == frames[1]
    outcomes = [one["outcome"] for one in attempts.read(task.folder)]
    assert outcomes == ["lost"] * kills + ["finished"]


def process(
    task: Task, setup: str = "", settings: dict[str, Any] | None = None
) -> subprocess.Popen[bytes]:
    """A process that drives the task, after the statements of `setup`."""
    script = SCRIPT.format(setup=setup, settings=settings or {})
    return subprocess.Popen(
        [sys.executable, "-c", script, str(task.folder), str(task.root)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.DEVNULL,
    )


def killed(
    task: Task, after: float, setup: str = "", settings: dict[str, Any] | None = None
) -> bool:
    """Run until the checkpoint changes, then for some seconds; whether SIGKILL met it running.

    Where everything is computed by then, it is met before its result is written.
    """
    checkpoint = task.folder / "checkpoint.npz"

    def written() -> int:
        return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0

    before, limit = written(), time.monotonic() + 200
    running = process(task, setup + HELD, settings)
    while running.poll() is None and written() == before and time.monotonic() < limit:
        time.sleep(0.002)
    time.sleep(after)
    running.kill()
    return running.wait() != 0
