"""Whatever happens to a campaign on a real SLURM, at random moments, every job ends as one that
nothing happened to, bit for bit.

`CAMPAIGN_DRILLS` times each (3), at the moments of `CAMPAIGN_SEED` (1).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import init
from operations.jobs.state import FAILED
from tests.conftest import REPOSITORY
from tests.drills.losses import NOTHING, jobs, losses, outcomes
from tests.operations.slurm.real import begun, environment, finish, submit, wait_for, working
from tests.slurm import Slurm

pytestmark = [pytest.mark.slurm, pytest.mark.drill]

TIMES = int(os.environ.get("CAMPAIGN_DRILLS", "3"))
SEED = int(os.environ.get("CAMPAIGN_SEED", "1"))

#: A checkpoint after each of five pieces of some seconds.
METHOD = {"equilibration_steps": 40_000, "kT": {"ramp": [0.6, 0.4, 0.2]}, "steps": 120_000}
METHOD |= {"production_steps": 80_000}


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class Trouble:
    """What can happen to a campaign that runs; each says whether it met anything."""

    def __init__(self, root: Path, slurm: Slurm, random: np.random.Generator) -> None:
        self.root, self.slurm, self.random = root, slurm, random

    def _one(self, states: str) -> str | None:
        numbers = sorted(self.slurm.queue(states))
        return str(self.random.choice(numbers)) if numbers else None

    def _pid(self) -> int:
        """Of a simulation that lives, one that has just begun or one that has a checkpoint; 0 where
        there is none."""
        tries = begun(self.root) if self.random.random() < 0.5 else working(self.root)
        alive = [t["pid"] for t in tries if b"lane" in _command_line(t["pid"])]
        return int(self.random.choice(alive)) if alive else 0

    def _tell(self, *words: str, states: str = "running") -> bool:
        number = self._one(states)
        if number:
            self.slurm.command(*words, number, check=False)
        return number is not None

    def operation(self) -> bool:
        """SIGKILL of a simulation."""
        pid = self._pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
        return pid > 0

    def job(self) -> bool:
        """SIGKILL of all processes of a scheduler job."""
        pid = self._pid()
        if pid:
            os.killpg(os.getpgid(pid), signal.SIGKILL)
        return pid > 0

    def scancel(self) -> bool:
        return self._tell("scancel", states="running,pending")

    def scancel_kill(self) -> bool:
        """scancel that gives no time to leave."""
        return self._tell("scancel", "--signal=KILL", "--full")

    def requeue(self) -> bool:
        return self._tell("scontrol", "requeue")

    def suspend(self) -> bool:
        number = self._one("running")
        if number:
            self.slurm.command("scontrol", "suspend", number, check=False)
            submit(self.root, self.slurm)
            self.slurm.command("scontrol", "resume", number, check=False)
        return number is not None

    def slurmctld(self) -> bool:
        self.slurm.kill("slurmctld")
        time.sleep(self.random.uniform(0, 3))
        self.slurm.start_controller()
        return True

    def slurmd(self) -> bool:
        """SIGKILL of a slurmd; the job's processes live on, as they do."""
        name = str(self.random.choice(self.slurm.nodes))
        self.slurm.kill(name)
        time.sleep(self.random.uniform(0, 3))
        self.slurm.start_node(name)
        return True

    def node_down(self) -> bool:
        """SLURM takes a node for lost, and begins its jobs again while the old processes live."""
        name = str(self.random.choice(self.slurm.nodes))
        self.slurm.kill(name)
        self._node(name, "down")
        submit(self.root, self.slurm, "--bundle", "1")
        time.sleep(self.random.uniform(0, 5))
        self.slurm.start_node(name)
        self._node(name, "resume")
        return True

    def drain(self) -> bool:
        name = str(self.random.choice(self.slurm.nodes))
        self._node(name, "drain")
        submit(self.root, self.slurm, "--bundle", "1")
        time.sleep(self.random.uniform(0, 5))
        self._node(name, "resume")
        return True

    def _node(self, name: str, state: str) -> None:
        words = ("scontrol", "update", f"nodename={name}", f"state={state}", "reason=drill")
        self.slurm.command(*words, check=False)

    def two_submitters(self) -> bool:
        """At once, after what runs is cancelled, so that there is something to submit."""
        self.slurm.command("scancel", "-u", "root", check=False)
        self.slurm.wait_until_empty(60)
        both = [
            subprocess.Popen(
                [sys.executable, str(REPOSITORY / "project.py"), "submit", "--bundle", "1"],
                cwd=self.root,
                env=environment(self.slurm),
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=300)[1] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        counts = sorted(int(text.splitlines()[-1].split()[0]) for text in said)
        assert counts[0] == 0, counts
        return counts[1] > 0


KINDS = [name for name in vars(Trouble) if not name.startswith("_")]


class Campaign:
    """A campaign that grows, so that there is always something to disturb."""

    def __init__(self, root: Path, slurm: Slurm) -> None:
        self.root, self.slurm = root, slurm
        self.file = root.parent / "campaign.yaml"
        self.n_cleared = self.n_released = 0

    def busy(self) -> bool:
        """Whether a simulation runs; makes jobs if fewer than two are left, and submits."""
        left = [job for job in jobs(self.root) if not (job / "result.json").exists()]
        if len(left) < 2:
            content = yaml.safe_load(self.file.read_text())
            content["replicas"] += 2
            self.file.write_text(yaml.safe_dump(content))
            assert init.main([str(self.file), "--root", str(self.root)]) == 0
        self.clear()
        self.release()
        submit(self.root, self.slurm, "--bundle", "1")
        return bool(begun(self.root))

    def release(self) -> None:
        """Let go what SLURM holds because it takes it for a duplicate: slurmctld was killed before
        it had written down that the job had begun. It drains the node, too."""
        for line in self.slurm.command("squeue", "-h", "-o", "%A|%r").splitlines():
            number, reason = line.split("|")
            if "held" in reason:
                for node in self.slurm.nodes:
                    words = ("update", f"nodename={node}", "state=resume")
                    self.slurm.command("scontrol", *words, check=False)
                self.slurm.command("scontrol", "release", number)
                self.n_released += 1

    def clear(self) -> None:
        """Three kills in a row before the first checkpoint are no loss: a person clears them."""
        for job in jobs(self.root):
            if (job / FAILED).exists():
                assert json.loads((job / FAILED).read_text())["retry"] == "tries"
                self.n_cleared += 1
        assert init.main(["--retry", "--root", str(self.root)]) == 0


def test_at_random_moments(root: Any, slurm: Slurm, tmp_path: Path) -> None:
    folder = root(replicas=4, method=METHOD)
    campaign = Campaign(folder, slurm)
    random = np.random.default_rng(SEED)
    trouble = Trouble(folder, slurm, random)
    done: Counter[str] = Counter()
    for kind in random.permutation(np.repeat(KINDS, TIMES)):
        for _ in range(20):
            wait_for(campaign.busy, 600)
            time.sleep(random.uniform(0, 8))
            if getattr(trouble, kind)():
                done[str(kind)] += 1
                break
        print(f"{time.strftime('%H:%M:%S')} {kind} {slurm.queue('running,pending')}", flush=True)
    campaign.clear()
    finish(folder, slurm, "--bundle", "1")

    undisturbed = tmp_path / "undisturbed"
    assert init.main([str(campaign.file), "--root", str(undisturbed)]) == 0
    subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), "run"],
        cwd=undisturbed,
        env=dict(os.environ) | {"OMP_NUM_THREADS": "1"},
        check=True,
    )
    ends = Counter(outcome for job in jobs(folder) for outcome in outcomes(job))
    print(f"{dict(done)}, {len(jobs(folder))} jobs, {dict(ends)}")
    print(f"{campaign.n_cleared} failures cleared, {campaign.n_released} held jobs released")
    assert done == dict.fromkeys(KINDS, TIMES)
    assert losses(folder, undisturbed) == NOTHING
