"""What is submitted and what is not, with a pretended SLURM: three commands in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from operations.jobs import attempts
from operations.jobs.state import CHECKPOINT, FAILED
from operations.slurm import cluster, packs, scheduler, submission
from tests.conftest import REPOSITORY
from workspace_schema.errors import CampaignError

THREE = {"potential": {"r0": [1.4, 1.6, 1.8]}, "method": {"steps": 1000}}

#: Each sbatch is a line of `queue` (number|state|name|reason); squeue shows those lines.
SBATCH = """#!/bin/sh
name=$(sed -n 's/^#SBATCH --job-name=//p' "$1")
echo "$$|PENDING|$name|None" >> "{folder}/queue"
"""
SQUEUE = """#!/bin/sh
test ! -e "{folder}/dead" || {{ echo "squeue: error: timed out" >&2; exit 1; }}
cat "{folder}/queue" 2>/dev/null; exit 0
"""
SACCT = """#!/bin/sh
cat "{folder}/accounting" 2>/dev/null || {{ echo "accounting storage is disabled" >&2; exit 1; }}
"""


class Pretended:
    """A SLURM that queues and never runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        commands = folder / "commands"
        commands.mkdir(parents=True)
        for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("sacct", SACCT)):
            (commands / name).write_text(text.format(folder=folder))
            (commands / name).chmod(0o755)
        (commands / "scontrol").write_text("#!/bin/sh\nexit 1\n")
        (commands / "scontrol").chmod(0o755)
        self.environment = {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm",
            "HOME": str(folder),
        }

    def names(self) -> list[str]:
        lines = (self.folder / "queue").read_text().splitlines()
        return [line.split("|")[2] for line in lines]

    def set_states(self, state: str, reason: str = "None") -> None:
        lines = [line.split("|") for line in (self.folder / "queue").read_text().splitlines()]
        text = "".join(f"{number}|{state}|{name}|{reason}\n" for number, _, name, _ in lines)
        (self.folder / "queue").write_text(text)

    def clear(self) -> None:
        (self.folder / "queue").write_text("")


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretended:
    cluster = Pretended(tmp_path / "pretended slurm")
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    return cluster


def submitted(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1].split()[0])


def test_nothing_is_submitted_twice(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    assert submitted(command("project.py", "submit", cwd=root)) == 3
    for state in ("SUSPENDED", "COMPLETING", "PENDING"):
        pretended.set_states(state)
        assert submitted(command("project.py", "submit", cwd=root)) == 0
    assert submitted(command("project.py", "submit", "-o", "forward", cwd=root)) == 0
    assert submitted(command("project.py", "submit", "-o", "label", "simulate", cwd=root)) == 0
    assert len(pretended.names()) == 1
    pretended.set_states("COMPLETED")
    assert submitted(command("project.py", "submit", cwd=root)) == 3


def test_what_a_person_must_release_is_said(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    submitted(command("project.py", "submit", cwd=root))
    pretended.set_states("PENDING", "launch failed requeued held")
    again = command("project.py", "submit", cwd=root)
    assert submitted(again) == 0
    said = "of 3 jobs is held (launch failed requeued held): scontrol release"
    assert said in again.stderr
    assert said in command("project.py", "status", cwd=root).stdout
    pretended.set_states("PENDING", "Resources")
    assert "is held" not in command("project.py", "submit", cwd=root).stderr


def test_status_marks_what_is_queued(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    command("project.py", "submit", "-n", "2", "--bundle", "2", cwd=root)
    (pack,) = packs.known(root).values()
    for state, mark in (("PENDING", "[Q]"), ("SUSPENDED", "[A]")):
        pretended.set_states(state)
        status = command("project.py", "status", "-d", cwd=root).stdout
        rows = {line.split()[0]: line for line in status.splitlines() if "simulate (" in line}
        marked = {job for job, line in rows.items() if mark in line and len(job) == 32}
        assert marked == set(pack.members)


def test_two_submitters_at_once(campaign, pretended: Pretended) -> None:
    root = campaign(**THREE)
    both = [
        subprocess.Popen(
            [sys.executable, str(REPOSITORY / "project.py"), "submit", "--bundle", "1"],
            cwd=root,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ends = [process.communicate(timeout=120)[1].splitlines()[-1] for process in both]
    assert sorted(int(line.split()[0]) for line in ends) == [0, 0, 3]
    members = [member for pack in packs.known(root).values() for member in pack.members]
    assert len(members) == len(set(members)) == 3


def test_a_dead_scheduler_gets_nothing(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    command("project.py", "submit", cwd=root)
    (pretended.folder / "dead").touch()
    done = command("project.py", "submit", cwd=root)
    assert done.returncode == 2
    assert done.stderr == (
        "nothing submitted, what is queued is unknown: squeue: squeue: error: timed out\n"
    )
    assert len(pretended.names()) == 1


def test_failed_jobs_stay_until_they_are_cleared(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    first, second, third = sorted((root / "workspace").iterdir())
    (first / "failed.json").write_text("{}")
    (second / "result.json").write_text("{}")
    (third / "result.json").write_text("{}")
    (third / "labels.json").write_text("{}")
    assert submitted(command("project.py", "submit", cwd=root)) == 1
    (pack,) = packs.known(root).values()
    assert (pack.operation, pack.members) == ("label", [second.name])
    assert command("init.py", "--retry", cwd=root).returncode == 0
    assert submitted(command("project.py", "submit", cwd=root)) == 1


def test_the_phase_diagram_comes_last(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    for job in (root / "workspace").iterdir():
        (job / "result.json").write_text("{}")
        (job / "labels.json").write_text("{}")
    assert submitted(command("project.py", "submit", cwd=root)) == 1
    assert ".aggregate." in pretended.names()[0]
    assert submitted(command("project.py", "submit", cwd=root)) == 0


def test_gpu_campaigns_label_without_a_gpu(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE, settings={"device": "gpu", "engine": "hoomd"})
    first = min((root / "workspace").iterdir())
    (first / "result.json").write_text("{}")
    assert submitted(command("project.py", "submit", cwd=root)) == 3
    kinds = {(p.operation, p.gpus, len(p.members)) for p in packs.known(root).values()}
    assert kinds == {("forward", 1, 2), ("label", 0, 1)}


def begin_and_die(folder: Path, number: str) -> None:
    os.environ["SLURM_JOB_ID"] = number
    try:
        attempts.begin(folder, "forward")
    finally:
        del os.environ["SLURM_JOB_ID"]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("TIMEOUT", "timeout"),
        ("OUT_OF_MEMORY", "out_of_memory"),
        ("NODE_FAIL", "node_failed"),
        ("CANCELLED by 1000", "cancelled"),
        ("PREEMPTED", "preempted"),
        ("COMPLETED", "lost"),
        (None, "lost"),
    ],
)
def test_how_it_ended_is_asked_of_the_scheduler(
    tmp_path: Path, pretended: Pretended, state: str | None, outcome: str
) -> None:
    folder = tmp_path / "workspace" / "job"
    folder.mkdir(parents=True)
    begin_and_die(folder, "77")
    if state:
        (pretended.folder / "accounting").write_text(f"77|{state}\n")
    submission.settle_lost(tmp_path, ["job"])
    (attempt,) = attempts.read(folder)
    assert (attempt["outcome"], attempt["reason"]) == (outcome, "SLURM job 77")


def test_what_is_not_over_is_left_alone(tmp_path: Path, pretended: Pretended) -> None:
    folder = tmp_path / "workspace" / "job"
    folder.mkdir(parents=True)
    begin_and_die(folder, "77")
    (pretended.folder / "accounting").write_text("77|RUNNING\n")
    submission.settle_lost(tmp_path, ["job"])
    assert "end" not in attempts.read(folder)[0]
    assert scheduler.outcomes(["77", "x; rm"]) == {"77": ""}


def test_the_rest_of_a_job_is_expected(tmp_path: Path) -> None:
    model: Any = type("Model", (), {"expect": lambda *_: (1000.0, 2.0)})()
    assert submission.expected(tmp_path, model, False) == (1000.0, 2.0)
    attempts.end(tmp_path, attempts.begin(tmp_path, "forward"), "walltime")
    (tmp_path / CHECKPOINT).touch()
    lines = [json.loads(line) for line in (tmp_path / attempts.FILE).read_text().splitlines()]
    lines[1]["end"] = lines[0]["start"] + 300
    (tmp_path / attempts.FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert submission.expected(tmp_path, model, False)[0] == pytest.approx(700.0)


def test_a_pack_that_does_nothing_is_not_submitted_for_ever(
    campaign, command, pretended: Pretended
) -> None:
    root = campaign(**THREE)
    for _ in range(attempts.MAX_TRIES):
        assert submitted(command("project.py", "submit", cwd=root)) == 3
        (root / "logs" / f"{pretended.names()[-1]}.77.txt").write_text("no module named x\n")
        pretended.clear()
    # what is left is the diagram of the failures
    assert submitted(command("project.py", "submit", cwd=root)) == 1
    assert ".aggregate." in pretended.names()[0]
    for job in (root / "workspace").iterdir():
        reason = json.loads((job / FAILED).read_text())["reason"]
        assert reason.startswith("3 tries without progress: 3 lost; SLURM job 77: see small.")


def test_a_diagram_that_failed_waits_for_a_change(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    for job in (root / "workspace").iterdir():
        (job / "result.json").write_text("{}")
        (job / "labels.json").write_text("{}")
    (root / "results" / "failed.json").write_text("{}")
    assert submitted(command("project.py", "submit", cwd=root)) == 0
    later = time.time() + 10
    os.utime(root / "results" / ".due", (later, later))
    assert submitted(command("project.py", "submit", cwd=root)) == 1


def test_a_pack_without_log_is_not_submitted_for_ever(
    campaign, command, pretended: Pretended
) -> None:
    root = campaign(**THREE)
    accounting = pretended.folder / "accounting"
    for _ in range(attempts.MAX_TRIES):
        assert submitted(command("project.py", "submit", cwd=root)) == 3
        accounting.write_text("78|FAILED|NonZeroExitCode\n")
        pretended.clear()
    assert submitted(command("project.py", "submit", cwd=root)) == 1
    for job in (root / "workspace").iterdir():
        reason = json.loads((job / FAILED).read_text())["reason"]
        assert "3 tries without progress: 3 lost" in reason
        assert "SLURM job 78 left no log, FAILED (NonZeroExitCode)" in reason


def test_what_sbatch_refused_is_no_try(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    sbatch = pretended.folder / "commands" / "sbatch"
    text = sbatch.read_text()
    sbatch.write_text("#!/bin/sh\necho 'invalid partition' >&2; exit 1\n")
    for _ in range(attempts.MAX_TRIES + 1):
        assert command("project.py", "submit", cwd=root).returncode == 2
    sbatch.write_text(text)
    assert submitted(command("project.py", "submit", cwd=root)) == 3
    assert not list((root / "workspace").glob("*/attempts.jsonl"))


@pytest.mark.parametrize("character", ["%", "\\", '"', "\n"])
def test_paths_that_sbatch_reads_otherwise(
    campaign, command, pretended: Pretended, character: str
) -> None:
    root = campaign(f"a{character}root", **THREE)
    done = command("project.py", "submit", cwd=root)
    assert done.returncode == 2
    assert "give the folder another name" in done.stderr
    assert not (pretended.folder / "queue").exists()


def test_foreign_lines_forget_nothing(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    submitted(command("project.py", "submit", cwd=root))
    before = sorted(path.name for path in (root / ".packs").iterdir())
    queue = pretended.folder / "queue"
    text = queue.read_text()
    queue.write_text("*** maintenance on Monday ***\n")
    done = command("project.py", "submit", cwd=root)
    assert done.returncode == 2
    assert "squeue prints '*** maintenance on Monday ***'" in done.stderr
    assert sorted(path.name for path in (root / ".packs").iterdir()) == before
    queue.write_text(text)
    assert submitted(command("project.py", "submit", cwd=root)) == 0


@pytest.mark.parametrize("reason", ["QOSMaxWallDurationPerJobLimit"])
def test_what_can_never_start_is_named(
    campaign, command, pretended: Pretended, reason: str
) -> None:
    root = campaign(**THREE)
    submitted(command("project.py", "submit", cwd=root))
    pretended.set_states("PENDING", reason)
    for words in (["submit"], ["status"]):
        done = command("project.py", *words, cwd=root)
        assert f"can never start ({reason}): scancel" in done.stdout + done.stderr


def test_what_was_deleted_under_a_queued_pack(campaign, command, pretended: Pretended) -> None:
    root = campaign(**THREE)
    submitted(command("project.py", "submit", cwd=root))
    document = json.loads((root / "signac_project_document.json").read_text())
    shutil.rmtree(root / "workspace" / document["anchor"])
    for words in (["status"], ["submit"]):
        done = command("project.py", *words, cwd=root)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
def test_what_is_no_cluster_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "cluster.yaml"
    {
        "folder": file.mkdir,
        "fifo": lambda: os.mkfifo(file),
        "link": lambda: file.symlink_to(tmp_path / "nothing"),
    }[kind]()
    with pytest.raises(CampaignError, match="is no file"):
        cluster.read(tmp_path)


def test_a_silent_scheduler_makes_no_try_lost(
    tmp_path: Path, pretended: Pretended, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workspace" / "job"
    folder.mkdir(parents=True)
    begin_and_die(folder, "77")
    scontrol = pretended.folder / "commands" / "scontrol"
    scontrol.write_text("#!/bin/sh\nexec sleep 9\n")
    monkeypatch.setattr(scheduler, "SECONDS", 0.2)
    submission.settle_lost(tmp_path, ["job"])
    assert "end" not in attempts.read(folder)[0]


def test_nothing_is_written_or_deleted_outside(
    campaign, command, pretended: Pretended, tmp_path: Path
) -> None:
    """Files of packs of which the scheduler knows nothing, with paths for ids."""
    root = campaign(**THREE)
    (pretended.folder / "queue").write_text("")
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("precious.json", "precious.warned"):
        (outside / name).write_text("precious")
    linked = "0" * 32
    (root / "workspace" / linked).symlink_to(outside)
    pack = packs.Pack("small.label", "label", [linked], 1.0, 600, 1, 1, 0, 1, 0, False)
    pack.write(root)
    content = json.loads((root / ".packs" / f"{pack.id}.json").read_text())
    wrong: list[dict[str, Any]] = [
        {"id": os.path.relpath(outside / "precious", root / ".packs")},
        {"members": [os.path.relpath(outside, root / "workspace")], "id": "0" * 10},
    ]
    (root / "logs").mkdir(exist_ok=True)
    for number, changes in enumerate((*wrong, {})):
        forged = content | changes
        if changes:
            (root / ".packs" / f"{number:010}.json").write_text(json.dumps(forged))
        (root / "logs" / f"small.label.{os.path.basename(forged['id'])}.5.txt").touch()
    done = command("project.py", "submit", cwd=root)
    assert submitted(done) == 3
    assert {path.name: path.read_text() for path in outside.iterdir()} == {
        "precious.json": "precious",
        "precious.warned": "precious",
    }
    assert not (root / ".packs" / f"{pack.id}.json").exists()


def test_labels_of_many_particles_ask_for_memory(tmp_path: Path) -> None:
    for n, expected in ((1000, 0.0), (10**6, 2.4)):
        statepoint = {"system": {"particles": {"A": n - 1, "B": 1}}}
        assert submission.label_memory(statepoint) == pytest.approx(expected)
    due = [packs.Due(f"{k:032x}", "label", False, 5.0, 1.0, gb) for k, gb in ((1, 0.0), (2, 2.4))]
    machine = cluster.Cluster.model_validate({"cpu": {"simulations_per_node": 2}})
    (pack,) = packs.plan(due, machine, "c", 1.0)
    assert pack.memory_mb == 4916
    (small,) = packs.plan(due[:1], machine, "c", 1.0)
    assert small.memory_mb == 0
