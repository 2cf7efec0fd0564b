"""A pack runs to its end on this machine, without SLURM: lanes, devices, signals, kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from operations.jobs import attempts
from operations.jobs.state import RUNNING
from operations.slurm.packs import Pack, forget, scheduler_name
from operations.slurm.submission import note_if_useless
from operations.slurm.worker import lane_environment
from tests.conftest import REPOSITORY, merge
from tests.operations.slurm.real import wait_for

LONG = 50_000_000


def pack_of(root: Path, **changes: Any) -> Pack:
    members = sorted(job.name for job in (root / "workspace").iterdir())
    content: dict[str, Any] = {
        "name": "small.simulate",
        "operation": "simulate",
        "members": members,
        "expected_seconds": 1.0,
        "walltime_seconds": 600,
        "nodes": 1,
        "lanes": 2,
        "gpus": 0,
        "cores": 2,
        "memory_mb": 0,
        "mps": False,
    }
    pack = Pack(**(content | changes))
    pack.write(root)
    return pack


WORKERS: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    """Workers of a test that failed, and their lanes, end with it."""
    yield
    while WORKERS:
        with suppress(ProcessLookupError):
            os.killpg(WORKERS.pop().pid, signal.SIGKILL)


def start(root: Path, pack: Pack, **environment: str) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "operations.slurm.worker",
            str(root / ".packs" / f"{pack.id}.json"),
            str(root),
        ],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    WORKERS.append(worker)
    return worker


def outcomes(root: Path, job: str) -> list[tuple[str, str]]:
    tries = attempts.read(root / "workspace" / job)
    return [(attempt["operation"], attempt["outcome"]) for attempt in tries]


@pytest.mark.slow
def test_a_pack_runs_each_lane_on_its_device(campaign) -> None:
    root = campaign(potential={"r0": [1.4, 1.6, 1.8]}, replicas=2, method={"steps": 20_000})
    pack = pack_of(root, gpus=2)
    worker = start(root, pack, CUDA_VISIBLE_DEVICES="5,7")
    said = worker.communicate(timeout=200)[1]
    assert worker.returncode == 0, said
    assert "6 jobs well, 0 not" in said
    devices: dict[str, list[tuple[float, float]]] = {}
    for job in pack.members:
        assert f"{job}  finished" in said
        assert outcomes(root, job) == [("forward", "finished"), ("label", "finished")]
        assert "forward" in (root / "workspace" / job / "log.txt").read_text()
        for attempt in attempts.read(root / "workspace" / job):
            devices.setdefault(attempt["devices"], []).append((attempt["start"], attempt["end"]))
    assert set(devices) == {"5", "7"}
    for spans in devices.values():
        spans.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.slow
def test_the_share_of_a_node(campaign) -> None:
    root = campaign(potential={"r0": [1.4, 1.6, 1.8]}, method={"steps": 1000})
    pack = pack_of(root, nodes=2, lanes=1)
    for rank in (1, 0):
        worker = start(root, pack, SLURM_NODEID=str(rank))
        said = worker.communicate(timeout=200)[1]
        assert worker.returncode == 0, said
        assert f"{2 - rank} jobs well" in said
        finished = [bool(outcomes(root, job)) for job in pack.members]
        assert finished == ([False, True, False] if rank else [True, True, True])


def running(root: Path) -> list[dict[str, Any]]:
    """The tries that have begun a checkpoint and not ended."""
    found = []
    for job in (root / "workspace").iterdir():
        if (job / "checkpoint.npz").exists():
            found += [attempt for attempt in attempts.read(job) if "end" not in attempt]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_warning_stops_all_at_their_checkpoints(campaign, number: signal.Signals) -> None:
    root = campaign(potential={"r0": [1.4, 1.6, 1.8]}, method={"steps": LONG})
    pack = pack_of(root)
    worker = start(root, pack)
    wait_for(lambda: len(running(root)) == 2)
    worker.send_signal(number)
    said = worker.communicate(timeout=60)[1]
    assert worker.returncode == 0, said
    first, second, third = pack.members
    assert outcomes(root, first) == outcomes(root, second) == [("forward", "walltime")]
    assert f"{third}  not begun ({number.name})" in said
    assert outcomes(root, third) == []


def test_a_pack_warned_before_its_lanes_are_up_counts_for_nothing(campaign) -> None:
    root = campaign(replicas=2)
    (root / "logs").mkdir()
    pack = pack_of(root)
    for number in range(1, attempts.MAX_TRIES + 2):
        worker = start(root, pack)
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
        wait_for(children.read_text)
        worker.send_signal(signal.SIGUSR1)
        said = worker.communicate(timeout=60)[1]
        assert worker.returncode == 0, said
        (root / "logs" / f"{scheduler_name(pack)}.{number}.txt").write_text(said)
        note_if_useless(root, pack)
        assert outcomes(root, pack.members[0]) == [("forward", "not_begun")] * number
    assert not list(root.glob("workspace/*/failed.json"))
    forget(root, pack)
    assert not list((root / ".packs").iterdir())


def test_a_killed_lane_is_replaced_and_takes_nobody_along(campaign) -> None:
    root = campaign(method={"steps": [LONG, 1000, 1001, 1002]})
    statepoints = {
        job.name: json.loads((job / "signac_statepoint.json").read_text())["method"]["steps"]
        for job in (root / "workspace").iterdir()
    }
    members = sorted(statepoints, key=lambda job: -statepoints[job])
    pack = pack_of(root, members=members, lanes=1)
    worker = start(root, pack)
    (attempt,) = wait_for(lambda: running(root))
    os.kill(attempt["pid"], signal.SIGKILL)
    said = worker.communicate(timeout=200)[1]
    assert worker.returncode == 1
    assert f"{members[0]}  killed by SIGKILL" in said
    assert "3 jobs well, 1 not" in said
    assert outcomes(root, members[0]) == [("forward", "lost")]
    assert (root / "workspace" / members[0] / RUNNING).exists()
    for job in members[1:]:
        assert outcomes(root, job)[-1] == ("label", "finished")


#: Small systems that a lane has several of at a time.
TOGETHER: dict[str, Any] = {
    "system": {"particles": {"A": 16}},
    "method": {"number_density": 0.4, "kT": 0.7},
    "settings": {"engine": "batched", "device": "cpu", "frames": 5},
}


def test_a_lane_has_several_at_a_time(campaign) -> None:
    root = campaign(**merge(TOGETHER, {"method": {"dt": [0.004, 0.005, 0.9]}, "replicas": 2}))
    pack = pack_of(root, lanes=1, cores=2, together=4)
    worker = start(root, pack)
    said = worker.communicate(timeout=900)[1]
    assert worker.returncode == 1
    assert "4 jobs well, 2 not" in said
    steps = {}
    for job in pack.members:
        folder = root / "workspace" / job
        bad = json.loads((folder / "signac_statepoint.json").read_text())["method"]["dt"] > 0.1
        ends = [("forward", "failed")] if bad else [("forward", "finished"), ("label", "finished")]
        assert outcomes(root, job) == ends
        log = (folder / "log.txt").read_text()
        assert f"forward {job[:8]}" in log or f"forward {job}" in log
        assert not any(other[:8] in log for other in pack.members if other != job)
        if not bad:
            steps[job] = attempts.read(folder)[0]
    first = [steps[job] for job in pack.members[:4] if job in steps]
    assert max(one["start"] for one in first) < min(one["end"] for one in first)
    assert len({one["pid"] for one in steps.values()}) == 1


def test_a_lane_of_a_gpu_takes_one_step_of_each(campaign) -> None:
    root = campaign(**TOGETHER, replicas=3)
    worker = start(root, pack_of(root, operation="forward", lanes=1, gpus=1, together=2))
    said = worker.communicate(timeout=900)[1]
    assert worker.returncode == 0, said
    assert "3 jobs well, 0 not" in said
    for job in (root / "workspace").iterdir():
        assert outcomes(root, job.name) == [("forward", "finished")]
        assert "nothing to do" not in (job / "log.txt").read_text()


def test_a_lane_that_is_killed_at_several_has_them_one_by_one(campaign, tmp_path: Path) -> None:
    """One of them kills its process whenever it begins."""
    root = campaign(**TOGETHER, replicas=3)
    pack = pack_of(root, lanes=1, cores=2, together=3)
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(KILLER.format(job=pack.members[1]))
    path = os.pathsep.join([str(site), str(REPOSITORY)])
    worker = start(root, pack, PYTHONPATH=path)
    said = worker.communicate(timeout=900)[1]
    assert worker.returncode == 1
    first, second, third = pack.members
    assert f"a lane ended: killed by SIGKILL, at {first} {second} {third}" in said
    assert f"{second}  killed by SIGKILL" in said
    assert "2 jobs well, 1 not" in said
    assert outcomes(root, second) == [("forward", "lost"), ("forward", "lost")]
    ends = [("forward", "finished"), ("label", "finished")]
    assert outcomes(root, first) == [("forward", "lost"), *ends]
    assert outcomes(root, third) == ends  # its turn had not come


def test_answers_that_come_in_a_burst_are_all_heard(campaign, tmp_path: Path) -> None:
    """A lane that has several hundred jobs and answers for all in one write."""
    root, repository = campaign(), tmp_path / "repository"
    repository.mkdir()
    (repository / "project.py").write_text(BURSTS)
    members = [f"{k:032x}" for k in range(700)]
    pack = pack_of(root, members=members, lanes=1, together=300)
    words = [str(root / ".packs" / f"{pack.id}.json"), str(root)]
    worker = subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(repository), *words],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    WORKERS.append(worker)
    said = worker.communicate(timeout=100)[1]
    assert worker.returncode == 0
    assert "700 jobs well, 0 not" in said


ELSEWHERE = """
import sys
from pathlib import Path
from operations.slurm import worker
worker.REPOSITORY = Path(sys.argv.pop(1))
sys.exit(worker.main())
"""
BURSTS = """
import json, sys
print(json.dumps({"job": "ready"}), flush=True)
for line in sys.stdin:
    answers = [json.dumps({"job": job, "outcome": "finished"}) for job in line.split()]
    print(*answers, sep="\\n", flush=True)
"""

KILLER = """
import os, signal, sys
if "lane" in sys.argv:
    from operations.jobs import driver
    before = driver._step

    def step(method, state):
        if method._task.id == "{job}":
            os.kill(os.getpid(), signal.SIGKILL)
        return before(method, state)

    driver._step = step
"""


@pytest.mark.slow
def test_a_failed_job_shows_in_the_exit_status(campaign) -> None:
    root = campaign(method={"steps": 2000, "dt": [0.005, 0.3]})
    pack = pack_of(root, lanes=1)
    worker = start(root, pack)
    said = worker.communicate(timeout=200)[1]
    assert worker.returncode == 1
    assert "1 jobs well, 1 not" in said


def test_a_broken_environment_is_not_tried_for_every_job(campaign) -> None:
    root = campaign(replicas=3)
    worker = start(root, pack_of(root, lanes=1), CAMPAIGN_DEADLINE="never")
    said = worker.communicate(timeout=60)[1]
    assert worker.returncode == 1
    assert said.count("a lane ended") == 1
    assert "0 jobs well, 3 not" in said


def test_lanes_share_devices_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Pack("n", "forward", [], 1.0, 60, 1, 6, 2, 12, 0, False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    own = [lane_environment(lane, pack)["CUDA_VISIBLE_DEVICES"] for lane in range(6)]
    assert sorted(own) == ["GPU-a"] * 3 + ["GPU-b"] * 3
    assert lane_environment(0, pack)["OMP_NUM_THREADS"] == "2"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert {lane_environment(lane, pack)["CUDA_VISIBLE_DEVICES"] for lane in range(6)} == {"0", "1"}


def test_the_multi_process_service_begins_and_ends(campaign, tmp_path: Path) -> None:
    root = campaign(method={"steps": 1000})
    control = tmp_path / "bin" / "nvidia-cuda-mps-control"
    control.parent.mkdir()
    log = tmp_path / "mps"
    control.write_text(
        f'#!/bin/sh\nif [ "$1" = -d ]; then echo "start $CUDA_MPS_PIPE_DIRECTORY" >> {log};'
        f" else cat >> {log}; fi\n"
    )
    control.chmod(0o755)
    worker = start(
        root, pack_of(root, gpus=1, mps=True), PATH=f"{control.parent}:{os.environ['PATH']}"
    )
    worker.communicate(timeout=100)
    assert worker.returncode == 0
    begin, end = log.read_text().splitlines()
    assert end == "quit"
    assert not Path(begin.removeprefix("start ")).exists()
