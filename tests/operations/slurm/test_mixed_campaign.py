"""A campaign of every kind of work runs to its phase diagram on a real SLURM, by `submit` alone.

`CAMPAIGN_MINUTES` (1) is the time limit of a SLURM job: more where the machine has other work.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gsd.hoomd
import pandas as pd
import pytest
import yaml

import init
from operations.jobs import attempts
from tests.conftest import REPOSITORY
from tests.drills.losses import LEFTOVERS, jobs, overlap
from tests.operations.slurm.real import submit
from tests.slurm import GPUS, Slurm, running

pytestmark = [pytest.mark.slurm, pytest.mark.drill]

MINUTES = float(os.environ.get("CAMPAIGN_MINUTES", "1"))

#: Five potentials, four methods, three replicas. The forward runs take more than the time limit.
PIECES = [0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2]
CAMPAIGN: dict[str, Any] = {
    "name": "mixed",
    "system": [
        {"dimensions": 2, "particles": {"A": 64}},
        {"dimensions": 2, "particles": {"A": 2}},
        {"dimensions": 3, "boundary": "open", "particles": {"A": 8}},
        {"dimensions": 2, "particles": {"A": 2}},
    ],
    "potential": {
        "form": "lennard_jones_gauss",
        "epsilon": [0.8, 1.0, 1.2, 1.5, 1.8],
        "r0": 1.4,
    },
    "method": [
        {
            "name": "forward",
            "ensemble": "npt",
            "pressure": 0.1,
            "number_density": 0.8,
            "kT": {"ramp": PIECES},
            "steps": 160_000,
        },
        {
            "name": "annealing",
            "dynamics": "mc",
            "pressure": 0.1,
            "kT": {"ramp": [1.0, 0.05]},
            "chains": 3,
            "sweeps": 200,
        },
        {"name": "basin_hopping", "hops": 300},
        {"name": "genetic", "pressure": 0.1, "population": 6, "generations": 3},
    ],
    "zip": [["system", "method"]],
    "replicas": 3,
    "axes": ["potential.epsilon"],
    "settings": {"frames": 8, "device": "gpu", "walltime_hours": MINUTES / 60},
}

#: Packs of two GPUs, one simulation each; `setup` makes LAMMPS say that it runs on a GPU.
CLUSTER = """
pack_hours: 0.04
setup: export PYTHONPATH={stand_in}
gpu: {{gpus_per_node: 2, simulations_per_gpu: 1, partition: gpu}}
"""
STAND_IN = """
from operations.engines.lammps import Lammps

begin = Lammps.__init__

def on_gpu(self, model, integration, seed, device="auto"):
    begin(self, model, integration, seed, "cpu")
    self.device = device

Lammps.__init__ = on_gpu
"""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """One node of six cores and four GPUs: GPUs run out before cores do."""
    with running(n_nodes=1, cores=6) as cluster:
        yield cluster


@pytest.fixture(scope="module", autouse=True)
def kernels() -> None:
    """The searches' compiled functions: a minute of work on a machine that never ran any, longer
    than the time limit where all lanes do it at once."""
    searches = "from operations.methods import basin_hopping, annealing_of_cells, genetic"
    subprocess.run([sys.executable, "-c", searches], cwd=REPOSITORY, check=True)


def gpus_of_jobs(slurm: Slurm) -> dict[str, frozenset[int]]:
    """GPUs of the scheduler jobs that run."""
    held = {}
    for line in slurm.command("scontrol", "-d", "-o", "show", "job", check=False).splitlines():
        number = re.search(r"JobId=(\d+)", line)
        index = re.search(r"JobState=RUNNING.* GRES=gpu:\d+\(IDX:([\d,-]+)\)", line)
        if number and index:
            ranges = [part.split("-") for part in index[1].split(",")]
            held[number[1]] = frozenset(
                k for part in ranges for k in range(int(part[0]), int(part[-1]) + 1)
            )
    return held


def most_at_once(tries: list[dict[str, Any]]) -> int:
    """The largest number of tries that ran at the same time."""
    events = [(t["start"], 1) for t in tries] + [(t["end"], -1) for t in tries]
    running_now, most = 0, 0
    for _, change in sorted(events):
        running_now += change
        most = max(most, running_now)
    return most


def check(root: Path, seen: dict[str, frozenset[int]]) -> Counter[str]:
    """No job lost or done twice; no GPU with two simulations at once; returns how often tries were
    cut by the time limit, by method."""
    everything = []
    cut: Counter[str] = Counter()
    for job in jobs(root):
        tries = attempts.read(job)
        method = next(t["operation"] for t in tries)
        counts = Counter((t["operation"], t["outcome"]) for t in tries)
        assert counts[method, "finished"] == counts["label", "finished"] == 1, tries
        assert {outcome for _, outcome in counts} <= {"finished", "walltime", "timeout"}, tries
        cut[method] += counts[method, "walltime"] + counts[method, "timeout"]
        assert not overlap(job), tries
        assert not any((job / name).exists() for name in LEFTOVERS)
        with gsd.hoomd.open(job / "final.gsd") as final:
            assert len(final)
        everything += tries
    assert cut["forward"] >= 2
    on_gpus = [t for t in everything if t["operation"] == "forward"]
    for t in on_gpus:
        assert {int(t["devices"])} <= seen.get(t["scheduler_job"], frozenset(range(GPUS)))
    by_device = defaultdict(list)
    for t in on_gpus:
        by_device[t["devices"]].append(t)
    assert set(by_device) == {str(k) for k in range(GPUS)}
    assert max(map(most_at_once, by_device.values())) == 1
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert table["status"].eq("finished").all()
    assert table["label"].notna().all()
    assert table["method"].value_counts().to_dict() == dict.fromkeys(
        ("forward", "annealing", "basin_hopping", "genetic"), 15
    )
    return cut


def test_sixty_jobs_of_every_kind(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, root, stand_in = (tmp_path / name for name in ("mixed.yaml", "root", "stand_in"))
    file.write_text(yaml.safe_dump(CAMPAIGN))
    stand_in.mkdir()
    (stand_in / "sitecustomize.py").write_text(STAND_IN)
    assert init.main([str(file), "--root", str(root)]) == 0
    assert len(jobs(root)) == 60
    (root / "cluster.yaml").write_text(CLUSTER.format(stand_in=stand_in))
    monkeypatch.setenv("CAMPAIGN_CLUSTER", str(root / "cluster.yaml"))  # it has shell lines
    seen: dict[str, frozenset[int]] = {}
    begin = time.monotonic()
    while not (root / "results" / "phase_diagram.png").exists() or slurm.queue("running,pending"):
        assert time.monotonic() - begin < 3600
        submit(root, slurm)
        for _ in range(10):
            held = gpus_of_jobs(slurm)
            together = [index for indices in held.values() for index in indices]
            assert len(together) == len(set(together)) <= GPUS, held
            seen |= held
            time.sleep(1)
    cut = check(root, seen)
    print(f"{time.monotonic() - begin:.0f} s, {len(seen)} SLURM jobs on GPUs, {dict(cut)} cut")
    print(f"{len(list((root / 'logs').iterdir()))} SLURM jobs in all")
