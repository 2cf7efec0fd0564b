"""How jobs ended, as a real slurmdbd tells it: `sacct` knows what slurmctld has forgotten."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from operations.jobs import attempts
from operations.slurm import scheduler
from tests import slurm_accounting
from tests.drills.losses import jobs, outcomes
from tests.operations.slurm.real import LONG, submit, wait_for
from tests.slurm import PATH, Slurm, running

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.drill,
    pytest.mark.skipif(bool(slurm_accounting.missing()), reason=slurm_accounting.missing()),
]

GREEDY = f"exec {sys.executable} -c 'x = bytearray(400_000_000)'"

#: Script, options of sbatch, what SLURM calls the end of it, and our outcome.
ENDS = {
    "finished": ("exit 0", [], "COMPLETED", "lost"),
    "failed": ("exit 3", [], "FAILED", "lost"),
    "killed": ("kill -9 $$", [], "FAILED", "lost"),
    "out of time": ("exec sleep 600", ["--time=1"], "TIMEOUT", "timeout"),
    "greedy": (GREEDY, ["--mem=50M"], "OUT_OF_MEMORY", "out_of_memory"),
    "cancelled": ("exec sleep 600", [], "CANCELLED by 0", "cancelled"),
    "dead node": ("exec sleep 600", ["--no-requeue"], "NODE_FAIL", "node_failed"),
    "running": ("exec sleep 600", [], "RUNNING", ""),
}


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """Two nodes, of which one is to die."""
    with running(slurm_accounting.AccountedSlurm, n_nodes=2) as cluster:
        yield cluster


def test_each_end_is_told_apart(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {}
    for name, (script, options, _, _) in ENDS.items():
        file = tmp_path / "script.sh"
        file.write_text(f"#!/bin/sh\n{script}\n")
        node = "node1" if name == "dead node" else "node0"
        words = ("--parsable", f"--nodelist={node}", f"--output={tmp_path}/%j.txt", *options)
        numbers[name] = slurm.command("sbatch", *words, str(file)).strip()
    asleep = ("cancelled", "dead node", "running", "out of time")
    wait_for(lambda: {slurm.queue().get(int(numbers[name])) for name in asleep} == {"RUNNING"}, 180)
    slurm.command("scancel", numbers["cancelled"])
    slurm.kill("node1")
    slurm.command("scontrol", "update", "nodename=node1", "state=down", "reason=drill")
    wait_for(lambda: set(slurm.queue("running")) == {int(numbers["running"])}, 300)
    slurm.start_node("node1")  # which ends what still runs there

    def states() -> dict[str, str]:
        lines = slurm.command("sacct", "-n", "-X", "-P", "-o", "JobIDRaw,State").splitlines()
        known = dict(line.split("|") for line in lines)
        return {name: known.get(number, "") for name, number in numbers.items()}

    expected = {name: end[2] for name, end in ENDS.items()}
    with suppress(TimeoutError):
        wait_for(lambda: states() == expected, 60)
    assert states() == expected
    # only sacct may answer
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "sacct").symlink_to(str(shutil.which("sacct", path=PATH)))
    monkeypatch.setenv("PATH", str(commands))
    monkeypatch.setenv("SLURM_CONF", slurm.environment["SLURM_CONF"])
    found = scheduler.outcomes(numbers.values())
    assert {name: found[numbers[name]] for name in ENDS} == {k: end[3] for k, end in ENDS.items()}
    monkeypatch.undo()
    slurm.command("scancel", numbers["running"])


def test_too_little_memory_is_named(slurm: Slurm, campaign: Any) -> None:
    """The kernel kills the simulation; the reason comes from the accounts."""
    folder = campaign(method=LONG)
    (folder / "cluster.yaml").write_text("cpu: {memory_gb: 0.06}\n")
    assert submit(folder, slurm) == 1
    slurm.wait_until_empty(180)
    assert submit(folder, slurm) == 1
    slurm.wait_until_empty(180)
    (job,) = jobs(folder)
    assert outcomes(job)[0] == "out_of_memory", attempts.read(job)
    assert attempts.read(job)[0]["reason"].startswith("SLURM job")
