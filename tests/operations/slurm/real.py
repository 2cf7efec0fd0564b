"""Campaigns on the SLURM that the tests start: submit, wait, look whether all is well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gsd.hoomd
import numpy as np

from operations.jobs import attempts
from tests.conftest import REPOSITORY
from tests.drills.losses import LEFTOVERS, jobs, outcomes, overlap
from tests.slurm import Slurm

#: Jobs that run for some seconds with a checkpoint after each of three stages, and short ones.
LONG = {"equilibration_steps": 60_000, "steps": 60_000, "production_steps": 60_000}
SHORT = {"steps": 2000}


def submit(root: Path, slurm: Slurm, *words: str) -> int:
    """Submit; return how many jobs went."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), "submit", *words],
        cwd=root,
        env=environment(slurm),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1].split()[0])


def environment(slurm: Slurm) -> dict[str, str]:
    own = {"SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm", "OMP_NUM_THREADS": "1"}
    return dict(os.environ) | slurm.environment | own


def wait_for(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise TimeoutError


def working(root: Path) -> list[dict[str, Any]]:
    """The tries that have written a checkpoint and not ended."""
    tries = []
    for job in jobs(root):
        if (job / "checkpoint.npz").exists():
            tries += [attempt for attempt in attempts.read(job) if "end" not in attempt]
    return tries


def begun(root: Path) -> list[dict[str, Any]]:
    """The tries that have not ended."""
    return [attempt for job in jobs(root) for attempt in attempts.read(job) if "end" not in attempt]


def finish(root: Path, slurm: Slurm, *words: str) -> None:
    """Submit until no simulation is left, and look at everything."""
    slurm.wait_until_empty(300)
    while not all((job / "labels.json").exists() for job in jobs(root)):
        assert submit(root, slurm, *words) > 0
        slurm.wait_until_empty(300)
    check(root)


def check(root: Path) -> None:
    """No job lost, done twice or corrupted."""
    for job in jobs(root):
        tries = attempts.read(job)
        assert not overlap(job), tries
        assert outcomes(job).count("finished") == 1, tries
        assert outcomes(job, "label").count("finished") == 1, tries
        with gsd.hoomd.open(job / "trajectory.gsd") as trajectory:
            frames = [int(frame.configuration.step) for frame in trajectory]
        assert frames
        assert len(set(np.diff(frames))) <= 1
        assert json.loads((job / "result.json").read_text())["n_particles"] == 64
        assert not any((job / marker).exists() for marker in LEFTOVERS)
    assert not list((root / "workspace").glob("*/.*.tmp*"))
