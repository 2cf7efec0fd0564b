"""Failure drills on a real SLURM: nothing lost, nothing done twice, nothing corrupted.

Those without the marker `drill` are part of `make test`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import init
from operations.jobs import attempts
from operations.jobs.state import CHECKPOINT, FAILED
from tests.conftest import REPOSITORY
from tests.drills.losses import jobs, outcomes
from tests.operations.slurm.real import (
    LONG,
    SHORT,
    begun,
    environment,
    finish,
    submit,
    wait_for,
    working,
)
from tests.slurm import Slurm

pytestmark = [pytest.mark.slurm, pytest.mark.slow]


def test_submit_alone_to_the_phase_diagram(root, slurm: Slurm) -> None:
    folder = root(potential={"r0": [1.4, 1.6, 1.8]}, method=LONG)
    assert submit(folder, slurm) == 3
    assert submit(folder, slurm) == 0  # none of them is done so soon
    finish(folder, slurm)
    assert submit(folder, slurm) == 1
    slurm.wait_until_empty(120)
    assert (folder / "results" / "phase_diagram.png").exists()
    assert submit(folder, slurm) == 0
    assert len(list((folder / "logs").iterdir())) == 2


@pytest.mark.drill
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


@pytest.mark.drill
def test_cancelled_stops_at_a_checkpoint_and_goes_on(root, slurm: Slurm) -> None:
    folder = root(method=LONG)
    submit(folder, slurm)
    wait_for(lambda: working(folder))
    slurm.command("scancel", "-u", "root")
    slurm.wait_until_empty(60)
    (job,) = jobs(folder)
    assert attempts.read(job)[-1]["reason"] == "SIGTERM"
    assert (job / CHECKPOINT).exists()
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


def test_requeued_goes_on(root, slurm: Slurm) -> None:
    """SLURM starts the same job again; it goes on from the checkpoint that it left at."""
    folder = root(method=LONG)
    submit(folder, slurm)
    wait_for(lambda: working(folder))
    (number,) = slurm.queue("running")
    slurm.command("scontrol", "requeue", str(number))
    assert submit(folder, slurm) == 0
    finish(folder, slurm)
    assert outcomes(jobs(folder)[0]) == ["walltime", "finished"]
    assert slurm.queue()[number] == "COMPLETED"


@pytest.mark.drill
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


@pytest.mark.drill
def test_too_little_memory_three_times_is_a_failure(root, slurm: Slurm) -> None:
    folder = root("cpu: {memory_gb: 0.06}\n", method=LONG)
    for _ in range(attempts.MAX_TRIES):
        assert submit(folder, slurm) == 1
        slurm.wait_until_empty(120)
    assert submit(folder, slurm, "-o", "simulate") == 0
    (job,) = jobs(folder)
    assert len(outcomes(job)) == 3
    assert "3 tries without progress" in json.loads((job / FAILED).read_text())["reason"]
    (folder / "cluster.yaml").write_text("{}\n")
    assert init.main(["--retry", "--root", str(folder)]) == 0
    finish(folder, slurm)


@pytest.mark.drill
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


@pytest.mark.drill
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
    assert submit(folder, slurm, "-o", "simulate") == 0  # else the diagram, if it is over already
    finish(folder, slurm)
    assert outcomes(jobs(folder)[0]) == ["finished"]


@pytest.mark.drill
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


@pytest.mark.drill
@pytest.mark.parametrize("per_gpu", [1, 2])
def test_members_of_a_pack_have_devices_of_their_own(root, slurm: Slurm, per_gpu: int) -> None:
    cluster = f"gpu: {{gpus_per_node: 2, simulations_per_gpu: {per_gpu}, partition: gpu}}\n"
    settings = {"device": "gpu", "engine": "auto"}
    folder = root(cluster, replicas=2 * per_gpu, settings=settings, method=LONG)
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


@pytest.mark.drill
def test_several_nodes(root, slurm: Slurm) -> None:
    folder = root("cpu: {nodes_per_job: 2}\n", replicas=3, method=SHORT)
    assert submit(folder, slurm) == 3
    (number,) = slurm.queue("pending,configuring,running")
    assert slurm.command("squeue", "-h", "-j", str(number), "-o", "%D").strip() == "2"
    finish(folder, slurm)
