"""Failure drills on a real SLURM: nothing lost, nothing done twice, nothing corrupted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import gsd.hoomd
import numpy as np
import pytest

import init
from operations import attempts
from tests.conftest import REPOSITORY
from tests.slurm import Slurm

pytestmark = [pytest.mark.slurm, pytest.mark.slow]

#: Jobs that run for some seconds with a checkpoint after each of three stages, and short ones.
LONG = {"equilibration_steps": 60_000, "steps": 60_000, "production_steps": 60_000}
SHORT = {"steps": 2000}


@pytest.fixture
def root(campaign, slurm: Slurm):
    """Function that makes a campaign and its cluster file."""

    def make(cluster: str = "", **changes: Any) -> Path:
        folder = campaign(**changes)
        (folder / "cluster.yaml").write_text(cluster or "{}\n")
        return folder

    yield make
    slurm.command("scancel", "--full", "-u", "root", check=False)
    for node in slurm.nodes:
        if node not in slurm.processes:
            slurm.start_node(node)
        slurm.command("scontrol", "update", f"nodename={node}", "state=resume", check=False)
    slurm.wait_until_empty(60)


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


def jobs(root: Path) -> list[Path]:
    return sorted((root / "workspace").iterdir())


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


def outcomes(job: Path, operation: str = "forward") -> list[str]:
    return [t["outcome"] for t in attempts.read(job) if t["operation"] == operation]


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
        spans = sorted((t["start"], t.get("end", float("inf"))) for t in tries)
        assert all(one[1] <= other[0] for one, other in pairwise(spans)), f"overlap in {job}"
        assert outcomes(job).count("finished") == 1, tries
        assert outcomes(job, "label").count("finished") == 1, tries
        with gsd.hoomd.open(job / "trajectory.gsd") as trajectory:
            frames = [int(frame.configuration.step) for frame in trajectory]
        assert frames
        assert len(set(np.diff(frames))) <= 1
        assert json.loads((job / "result.json").read_text())["n_particles"] == 64
        for marker in (attempts.RUNNING, attempts.AGAIN, attempts.CHECKPOINT, attempts.FAILED):
            assert not (job / marker).exists()
    assert not list((root / "workspace").glob("*/.*.tmp*"))


def test_submit_alone_to_the_phase_diagram(root, slurm: Slurm) -> None:
    folder = root(potential={"r0": [1.4, 1.6, 1.8]}, method=SHORT)
    assert submit(folder, slurm) == 3
    assert submit(folder, slurm) == 0
    finish(folder, slurm)
    assert submit(folder, slurm) == 1
    slurm.wait_until_empty(120)
    assert (folder / "results" / "phase_diagram.png").exists()
    assert submit(folder, slurm) == 0
    assert len(list((folder / "logs").iterdir())) == 2


def test_suspended_is_not_submitted_again(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    wait_for(lambda: working(folder))
    (number,) = slurm.queue("running")
    slurm.command("scontrol", "suspend", str(number))
    assert slurm.queue()[number] == "SUSPENDED"
    assert submit(folder, slurm) == 0
    slurm.command("scontrol", "resume", str(number))
    finish(folder, slurm)
    assert outcomes(jobs(folder)[0]) == ["finished"]


def test_cancelled_stops_at_a_checkpoint_and_goes_on(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    wait_for(lambda: working(folder))
    slurm.command("scancel", "-u", "root")
    slurm.wait_until_empty(60)
    (job,) = jobs(folder)
    assert attempts.read(job)[-1]["reason"] == "SIGTERM"
    assert (job / attempts.CHECKPOINT).exists()
    finish(folder, slurm)
    assert outcomes(job) == ["walltime", "finished"]


def test_killed_and_asked_of_the_scheduler(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    (attempt,) = wait_for(lambda: working(folder))
    os.killpg(os.getpgid(attempt["pid"]), signal.SIGKILL)
    slurm.wait_until_empty(60)
    assert "FAILED" in slurm.queue().values()
    (job,) = jobs(folder)
    assert outcomes(job) == ["lost"]
    assert submit(folder, slurm) == 1
    assert attempts.read(job)[0]["reason"].startswith("SLURM job")
    finish(folder, slurm)
    assert outcomes(job)[-1] == "finished"


def test_out_of_time_by_surprise(root, slurm: Slurm) -> None:
    """A stopped process meets the time limit: SLURM wakes and warns it, and it still leaves."""
    folder = root(method=LONG)
    submit(folder, slurm, "--", "--time=1", "--signal=B:USR1@5")
    (attempt,) = wait_for(lambda: begun(folder))
    os.kill(attempt["pid"], signal.SIGSTOP)
    os.kill(os.getpgid(attempt["pid"]), signal.SIGSTOP)
    slurm.wait_until_empty(200)
    assert "TIMEOUT" in slurm.queue().values()
    (job,) = jobs(folder)
    assert outcomes(job) == ["walltime"]
    finish(folder, slurm)


def test_too_little_memory_three_times_is_a_failure(root, slurm: Slurm) -> None:
    folder = root("cpu: {memory_gb: 0.06}\n", method=LONG)
    for _ in range(attempts.MAX_TRIES):
        assert submit(folder, slurm) == 1
        slurm.wait_until_empty(120)
    assert submit(folder, slurm, "-o", "simulate") == 0
    (job,) = jobs(folder)
    assert len(outcomes(job)) == 3
    assert "3 tries without progress" in json.loads((job / attempts.FAILED).read_text())["reason"]
    (folder / "cluster.yaml").write_text("{}\n")
    assert init.main(["--retry", "--root", str(folder)]) == 0
    finish(folder, slurm)


def test_a_node_that_dies_starts_the_job_again(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    (attempt,) = wait_for(lambda: working(folder))
    (number,) = slurm.queue("running")
    node = slurm.command("squeue", "-h", "-j", str(number), "-o", "%N").strip()
    slurm.kill(node)
    # a dead node's processes are gone, the daemon of the step first
    worker = os.getpgid(attempt["pid"])
    stepd = int(Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[1])
    for pid in (stepd, worker, attempt["pid"]):
        os.kill(pid, signal.SIGKILL)
    slurm.command("scontrol", "update", f"nodename={node}", "state=down", "reason=drill")
    assert wait_for(lambda: slurm.queue().get(number) in ("PENDING", "RUNNING"))
    assert submit(folder, slurm) == 0
    slurm.start_node(node)
    slurm.command("scontrol", "update", f"nodename={node}", "state=resume", check=False)
    finish(folder, slurm)
    (job,) = jobs(folder)
    assert outcomes(job) == ["requeued", "finished"]


def test_without_its_controller_nothing_is_submitted(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    wait_for(lambda: working(folder))
    slurm.kill("slurmctld")
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), "submit"],
        cwd=folder,
        env=environment(slurm),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert "nothing submitted" in done.stderr
    slurm.start_controller()
    assert submit(folder, slurm) == 0
    finish(folder, slurm)
    assert outcomes(jobs(folder)[0]) == ["finished"]


def test_two_submitters_at_once(root, slurm: Slurm) -> None:
    folder = root(replicas=4, method=SHORT)
    both = [
        subprocess.Popen(
            [sys.executable, str(REPOSITORY / "project.py"), "submit", "--bundle", "2"],
            cwd=folder,
            env=environment(slurm),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[1].splitlines()[-1] for process in both]
    assert sorted(int(line.split()[0]) for line in said) == [0, 4]
    finish(folder, slurm)


@pytest.mark.parametrize("per_gpu", [1, 2])
def test_members_of_a_pack_have_devices_of_their_own(root, slurm: Slurm, per_gpu: int) -> None:
    cluster = f"gpu: {{gpus_per_node: 2, simulations_per_gpu: {per_gpu}, partition: gpu}}\n"
    folder = root(cluster, replicas=2 * per_gpu, settings={"device": "gpu"}, method=LONG)
    assert submit(folder, slurm, "--hold") == 2 * per_gpu
    (number,) = slurm.queue("pending,configuring,running")
    # the GPUs are not real: what was packed for GPUs runs on the CPU
    document = folder / "signac_project_document.json"
    content = json.loads(document.read_text())
    content["settings"]["device"] = "cpu"
    document.write_text(json.dumps(content))
    slurm.command("scontrol", "release", str(number))
    tries = wait_for(lambda: len(begun(folder)) == 2 * per_gpu and begun(folder), 240)
    assert sorted(t["devices"] for t in tries) == sorted(["0", "1"] * per_gpu)
    detail = slurm.command("scontrol", "-d", "show", "job", str(number))
    assert "GRES=gpu:2(IDX:0-1)" in detail
    finish(folder, slurm)


def test_several_nodes(root, slurm: Slurm) -> None:
    folder = root("cpu: {nodes_per_job: 2}\n", replicas=3, method=SHORT)
    assert submit(folder, slurm) == 3
    (number,) = slurm.queue("pending,configuring,running")
    assert slurm.command("squeue", "-h", "-j", str(number), "-o", "%D").strip() == "2"
    finish(folder, slurm)


ROUNDS = int(os.environ.get("CAMPAIGN_DRILLS", "12"))


class Trouble:
    """What can happen to a campaign that runs."""

    def __init__(self, root: Path, slurm: Slurm, random: np.random.Generator) -> None:
        self.root, self.slurm, self.random = root, slurm, random

    def _one(self, states: str) -> str | None:
        numbers = sorted(self.slurm.queue(states))
        return str(self.random.choice(numbers)) if numbers else None

    def operation(self) -> None:
        """SIGKILL of a simulation."""
        tries = working(self.root)
        if tries:
            pid = tries[self.random.integers(len(tries))]["pid"]
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def cancel(self) -> None:
        number = self._one("running,pending")
        if number:
            self.slurm.command("scancel", number, check=False)

    def kill(self) -> None:
        """SIGKILL of all processes of a scheduler job."""
        tries = working(self.root)
        if tries:
            pid = tries[self.random.integers(len(tries))]["pid"]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(os.getpgid(pid), signal.SIGKILL)

    def requeue(self) -> None:
        number = self._one("running")
        if number:
            self.slurm.command("scontrol", "requeue", number, check=False)

    def suspend(self) -> None:
        number = self._one("running")
        if number:
            self.slurm.command("scontrol", "suspend", number, check=False)
            submit(self.root, self.slurm)
            self.slurm.command("scontrol", "resume", number, check=False)

    def controller(self) -> None:
        self.slurm.kill("slurmctld")
        time.sleep(self.random.uniform(0, 3))
        self.slurm.start_controller()

    def node(self) -> None:
        """SIGKILL of a slurmd; the job's processes live on, as they do."""
        name = str(self.random.choice(self.slurm.nodes))
        self.slurm.kill(name)
        time.sleep(self.random.uniform(0, 3))
        self.slurm.start_node(name)

    def drain(self) -> None:
        name = f"nodename={self.random.choice(self.slurm.nodes)}"
        self.slurm.command("scontrol", "update", name, "state=drain", "reason=drill")
        submit(self.root, self.slurm)
        self.slurm.command("scontrol", "update", name, "state=resume")

    def submitters(self) -> None:
        both = [
            subprocess.Popen(
                [sys.executable, str(REPOSITORY / "project.py"), "submit", "--bundle", "1"],
                cwd=self.root,
                env=environment(self.slurm),
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        assert [process.wait(300) for process in both] == [0, 0]


def test_trouble_at_random_moments(root, slurm: Slurm, tmp_path: Path) -> None:
    """Whatever happens, every job ends as one that nothing happened to, bit for bit."""
    changes: dict[str, Any] = {"replicas": 3, "method": LONG}
    folder = root(**changes)
    random = np.random.default_rng(int(os.environ.get("CAMPAIGN_SEED", "1")))
    trouble = Trouble(folder, slurm, random)
    kinds = [
        name for name in vars(Trouble) if not name.startswith("_") and callable(vars(Trouble)[name])
    ]
    done: list[str] = []
    while len(done) < ROUNDS and not all((job / "labels.json").exists() for job in jobs(folder)):
        submit(folder, slurm, "--bundle", "1")
        time.sleep(random.uniform(0, 12))
        done.append(str(random.choice(kinds)))
        getattr(trouble, done[-1])()
    for job in jobs(folder):  # three kills in a row before the first checkpoint are no loss
        if (job / attempts.FAILED).exists():
            assert json.loads((job / attempts.FAILED).read_text())["retry"] == "tries"
    assert init.main(["--retry", "--root", str(folder)]) == 0
    finish(folder, slurm)
    ends = Counter(outcome for job in jobs(folder) for outcome in outcomes(job))
    print(f"{dict(Counter(done))} → {dict(ends)}")

    undisturbed = tmp_path / "undisturbed"
    campaign_file = folder.parent / "campaign.yaml"
    assert init.main([str(campaign_file), "--root", str(undisturbed)]) == 0
    subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), "run", "-o", "forward"],
        cwd=undisturbed,
        env=environment(slurm),
        check=True,
    )
    for job in jobs(folder):
        with (
            gsd.hoomd.open(job / "trajectory.gsd") as one,
            gsd.hoomd.open(undisturbed / "workspace" / job.name / "trajectory.gsd") as other,
        ):
            for frame, expected in zip(one, other, strict=True):
                assert np.array_equal(frame.particles.position, expected.particles.position)
