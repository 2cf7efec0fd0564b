"""The clock of the day jumps by a day, forwards or backwards, while a campaign runs."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from operations.engines.lammps import Lammps
from operations.jobs import attempts
from operations.jobs.state import CHECKPOINT, FAILED
from operations.slurm import packs, submission
from tests.drills.conftest import work
from tests.drills.losses import NOTHING, jobs, losses, outcomes

DAY = 86400.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds by which `time.time` is wrong, to be changed."""
    wrong, true = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: true() + wrong[0])
    return wrong


@pytest.mark.parametrize("seed", range(3))
def test_runs_go_on(
    root: Path,
    undisturbed: Path,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    stopped_after: Any,
    seed: int,
) -> None:
    """A jump in every other chunk, and between tries: no run stops for it, or forgets to."""
    draw, run = random.Random(seed), Lammps.run

    def jumping(*words: Any) -> Any:
        if draw.random() < 0.5:
            clock[0] += draw.choice((-DAY, DAY))
        return run(*words)

    monkeypatch.setattr(Lammps, "run", jumping)
    monkeypatch.setenv("CAMPAIGN_DEADLINE", str(time.time() + 3600))
    with stopped_after(2):
        work(root)
    for job in jobs(root):
        assert outcomes(job) == ["walltime"]
        model: Any = type("Model", (), {"expect": lambda *_: (1000.0, 2.0)})()
        assert 100 <= submission.expected(job, model, False)[0] <= 1000
    clock[0] += draw.choice((-DAY, DAY))
    work(root)
    assert all(outcomes(job) == ["walltime", "finished"] for job in jobs(root))
    assert losses(root, undisturbed, clock=False) == NOTHING


def test_a_deadline_is_kept_when_the_clock_is_set_back(
    root: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations.jobs.deadline import MARGIN

    end = time.monotonic() + 1.0
    monkeypatch.setenv("CAMPAIGN_DEADLINE", str(time.time() + MARGIN + 1.0))
    run = Lammps.run

    def slow(*words: Any) -> Any:
        clock[0] = -DAY
        time.sleep(0.5)
        return run(*words)

    monkeypatch.setattr(Lammps, "run", slow)
    work(root)
    assert time.monotonic() > end
    assert outcomes(jobs(root)[0]) == ["walltime"]
    assert not (jobs(root)[0] / "result.json").exists()


@pytest.mark.parametrize("jump", [-DAY, DAY])
def test_kills_are_counted(root: Path, clock: list[float], jump: float) -> None:
    """Three kills without progress are a failure, whatever the clock of the file server says."""
    job, _ = jobs(root)
    checkpoint = job / CHECKPOINT
    for n_kills in range(5):
        clock[0] += jump
        attempts.begin(job, "forward")
        if n_kills < 2:  # progress
            checkpoint.write_text(str(n_kills))
            os.utime(checkpoint, (time.time(), time.time() + jump))
        attempts.settle(job)
        assert (job / FAILED).exists() == (n_kills == 4)


@pytest.mark.parametrize("jump", [-DAY, DAY])
def test_a_pack_that_worked_is_not_called_useless(
    root: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """The time between `submit` and the first try is negative, or a day."""
    job, other = jobs(root)
    pack = packs.Pack(
        "small.simulate",
        "simulate",
        [job.name, other.name],
        1.0,
        600,
        1,
        1,
        0,
        1,
        0,
        False,
    )
    pack.write(root)
    (root / "logs").mkdir()
    (root / "logs" / f"{packs.scheduler_name(pack)}.7.txt").write_text("")
    clock[0] += jump
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    attempts.end(job, attempts.begin(job, "forward"), "walltime", signal.Signals.SIGTERM.name)
    submission.note_if_useless(root, pack)
    assert outcomes(job) == ["walltime"]
    assert outcomes(other) == []
    monkeypatch.delenv("SLURM_JOB_ID")
    # and one that did nothing is, except for the job that was finished elsewhere
    (root / "logs" / f"{packs.scheduler_name(pack)}.8.txt").write_text("")
    (job / "result.json").write_text(json.dumps({"n_particles": 64}))
    submission.note_if_useless(root, pack)
    assert outcomes(job) == ["walltime"]
    assert outcomes(other) == ["lost"]
