"""Packs whose lanes have several simulations at a time, on a real SLURM."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operations.jobs import attempts
from operations.jobs.driver import Task, drive
from tests.drills.losses import jobs, outcomes
from tests.operations.slurm.real import submit, wait_for, working
from tests.slurm import Slurm

pytestmark = [pytest.mark.slurm, pytest.mark.drill]

#: Twelve small systems: two sizes, three strengths, two temperatures.
MANY: dict[str, Any] = {
    "system": [{"dimensions": 2, "particles": {"A": n}} for n in (16, 25)],
    "potential": {"form": "lennard_jones", "r_cut": 2.5, "epsilon": [0.8, 1.0, 1.2], "r0": None},
    "method": {"number_density": 0.4, "kT": [0.7, 1.0], "steps": 20_000},
    "settings": {"engine": "batched", "device": "cpu", "frames": 5},
}
CLUSTER = """
cpu: {simulations_per_node: 1, cores_per_simulation: 4}
"""


def root_of(job: Path) -> Path:
    return job.parent.parent


def assert_as_if_alone(job: Path, again: Path) -> None:
    """The products are those of the same job by itself, bit for bit."""
    document = json.loads((root_of(job) / "signac_project_document.json").read_text())
    again.mkdir(parents=True)
    drive(replace(Task.read(job, root_of(job), document["settings"]), folder=again))
    for name in ("final.gsd", "trajectory.gsd"):
        assert (job / name).read_bytes() == (again / name).read_bytes()
    with np.load(job / "thermo.npz") as a, np.load(again / "thermo.npz") as b:
        for key in set(a.files) - {"wall_seconds"}:
            assert np.array_equal(a[key], b[key])


def test_a_campaign_in_a_pack(root, slurm: Slurm, tmp_path: Path) -> None:
    folder = root(CLUSTER, **MANY)
    assert submit(folder, slurm) == 12
    (file,) = (folder / ".packs").glob("*.json")
    pack = json.loads(file.read_text())
    assert (pack["together"], pack["lanes"], pack["cores"]) == (4, 1, 4)
    slurm.wait_until_empty(300)
    tries = [attempts.read(job)[0] for job in jobs(folder)]
    assert set(Counter(one["pid"] for one in tries).values()) == {12}
    for job in jobs(folder):
        assert outcomes(job) == ["finished"]
        assert_as_if_alone(job, tmp_path / "alone" / job.name)


def test_cancelled_they_leave_at_their_checkpoints_and_go_on(root, slurm: Slurm) -> None:
    long = {"number_density": 0.4, "steps": 8_000_000}
    folder = root(CLUSTER, **MANY | {"method": long, "potential": {"epsilon": 1.0}})
    assert submit(folder, slurm) == 2
    wait_for(lambda: len(working(folder)) == 2)
    slurm.command("scancel", "--full", "-u", "root")
    slurm.wait_until_empty(120)
    assert [outcomes(job) for job in jobs(folder)] == [["walltime"]] * 2
    for job in jobs(folder):
        assert (job / "checkpoint.npz").exists()
    assert submit(folder, slurm) == 2
    wait_for(lambda: len(working(folder)) == 2)
    slurm.command("scancel", "--full", "-u", "root")
    slurm.wait_until_empty(120)
    assert [outcomes(job) for job in jobs(folder)] == [["walltime"] * 2] * 2
