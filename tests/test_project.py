"""The flow project as a user runs it, from a campaign root with a space in its path."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from operations.jobs import attempts
from operations.jobs.locks import exclusive
from tests.conftest import REPOSITORY

TWO = {"potential": {"r0": [1.4, 1.8]}, "method": {"steps": 1000}}


def jobs(root: Path) -> list[Path]:
    return sorted((root / "workspace").iterdir())


def dead_scheduler(folder: Path) -> dict[str, str]:
    """Environment in which SLURM's commands are there and fail."""
    commands = folder / "dead scheduler"
    commands.mkdir(exist_ok=True)
    for name in ("squeue", "sbatch", "sinfo", "scontrol"):
        script = commands / name
        script.write_text(
            "#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact' >&2\nexit 1\n"
        )
        script.chmod(0o755)
    return {"PATH": f"{commands}:{os.environ['PATH']}"}


def test_the_whole_way(campaign, command) -> None:
    root = campaign(**TWO)
    done = command("project.py", "run", "--parallel", "2", cwd=root)
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert len(table) == 2
    assert set(table["status"]) == {"finished"}
    assert sorted(table["potential.r0"]) == [1.4, 1.8]
    assert table["label"].notna().all()
    assert set(table["job_id"]) == {job.name for job in jobs(root)}
    assert (root / "results" / "phase_diagram.png").stat().st_size > 10_000
    html = (root / "results" / "phase_diagram.html").read_text()
    assert all(job.name in html for job in jobs(root))
    assert "data:image/png;base64" in html
    assert not (root / "results" / ".due").exists()

    # Nothing is left to do, from a folder below the root either, and exec changes nothing.
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file() and p.name != ".lock"}
    again = command("project.py", "run", cwd=jobs(root)[0])
    forced = command("project.py", "exec", "forward", jobs(root)[0].name, cwd=root)
    assert again.returncode == forced.returncode == 0
    assert "nothing to do" in forced.stderr
    after = {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file() and p.name != ".lock"}
    assert before == after


def test_jobs_that_the_file_no_longer_has_are_run_only_when_named(campaign, command) -> None:
    root = campaign(**TWO)
    former = jobs(root)
    campaign(potential={"r0": [1.4]}, method={"steps": 900})
    (new,) = set(jobs(root)) - set(former)
    said = command("project.py", "status", cwd=root).stdout
    assert "2 of them are not finished and not in the campaign file any more" in said
    assert "in 1 jobs, " in said  # what is left
    done = command("project.py", "run", "-o", "forward", cwd=root)
    assert done.returncode == 0, done.stderr
    assert [(job / "result.json").exists() for job in (new, *former)] == [True, False, False]
    again = command("project.py", "run", "-o", "forward", "-f", "potential.r0", "1.8", cwd=root)
    assert "nothing to do" in again.stderr
    assert "1 of them are not finished and not in the campaign file" in again.stderr
    named = command("project.py", "run", "-o", "forward", "-j", former[0].name, cwd=root)
    assert named.returncode == 0, named.stderr
    assert (former[0] / "result.json").exists()


def test_one_failure_stops_nobody_and_shows_in_the_exit_status(campaign, command) -> None:
    root = campaign(method={"steps": 2000, "dt": [0.005, 0.3]})
    done = command("project.py", "run", "--parallel", "2", cwd=root)
    assert done.returncode == 1
    assert "1 job(s) failed" in done.stderr
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert table.groupby("method.dt")["status"].unique().map(list).to_dict() == {
        0.005: ["finished"],
        0.3: ["failed"],
    }
    status = command("project.py", "status", "-d", "-p", cwd=root)
    assert status.returncode == 0
    assert status.stdout.count("forward: ExplodedError") == 1
    assert "method.dt" in status.stdout
    assert "failed" in status.stdout

    again = command("project.py", "run", cwd=root)
    assert again.returncode == 0
    assert command("init.py", "--retry", cwd=root).returncode == 0
    assert command("project.py", "run", cwd=root).returncode == 1


def test_a_deadline_leaves_jobs_continued(campaign, command) -> None:
    root = campaign(method={"steps": 40_000_000})
    deadline = {"CAMPAIGN_DEADLINE": str(time.time() + 25)}
    done = command("project.py", "run", "-o", "forward", cwd=root, environment=deadline)
    assert time.time() < float(deadline["CAMPAIGN_DEADLINE"])
    assert done.returncode == 0, done.stderr
    assert "run again to continue" in done.stderr
    (job,) = jobs(root)
    assert (job / "checkpoint.npz").exists()
    assert "continued" in command("project.py", "status", "-d", cwd=root).stdout


def test_what_is_not_there_is_said_and_is_an_exit_status(campaign, command) -> None:
    root = campaign(**TWO)
    for words, said in (
        (["run", "-f", "method.kT", "99"], "no job matches -f method.kT 99; the axes are "),
        (["status", "-f", "method.kT", "99"], "no job matches -f method.kT 99; the axes are "),
        (["run", "-o", "lable"], "-o lable: no such operation; did you mean label?"),
        (["status", "-o", "lable"], "-o lable: no such operation; did you mean label?"),
        (["submit", "-o", "lable"], "-o lable: no such operation; did you mean label?"),
    ):
        done = command("project.py", *words, cwd=root)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    idle = command("project.py", "run", "-o", "label", cwd=root)
    assert idle.returncode == 0
    assert "nothing to do for label: of 2 jobs 2 waiting" in idle.stderr
    assert not (root / "results").exists() or not list((root / "results").glob("*.png"))


def test_a_warning_ends_a_parallel_run_at_checkpoints(campaign) -> None:
    root = campaign(method={"steps": 4_000_000, "kT": [0.5, 0.6, 0.7]}, replicas=1)
    running = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "project.py"), "run", "--parallel", "2"],
        cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120.0
    while time.monotonic() < until:
        if sum((job / "checkpoint.npz").exists() for job in jobs(root)) == 2:
            break
        time.sleep(0.2)
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=120)[1]
    assert running.returncode == 0, said
    assert said.count("stopped at a checkpoint (SIGTERM)") == 2
    assert "3 to do, 2 at a time, about" in said
    assert "1 of 3 not begun (SIGTERM); run again to go on" in said
    worked_on = [job for job in jobs(root) if attempts.read(job)]
    assert [attempts.read(job)[-1]["outcome"] for job in worked_on] == ["walltime"] * 2
    assert not any((job / ".running").exists() for job in jobs(root))


@pytest.mark.parametrize("scheduler", ["absent", "dead"])
def test_status_and_submit_survive_the_scheduler(campaign, command, tmp_path, scheduler) -> None:
    root = campaign()
    environment = {"SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm", "PATH": str(tmp_path)}
    if scheduler == "dead":
        environment |= dead_scheduler(tmp_path)
    status = command("project.py", "status", cwd=root, environment=environment)
    assert status.returncode == 0, status.stderr
    assert "forward" in status.stdout
    pretend = command("project.py", "submit", "--pretend", cwd=root, environment=environment)
    assert pretend.returncode == 0, pretend.stderr
    assert "#SBATCH --job-name=small.simulate." in pretend.stdout
    submit = command("project.py", "submit", cwd=root, environment=environment)
    assert submit.returncode == 2
    assert "Traceback" not in submit.stderr


def test_status_survives_a_corrupt_job(campaign, command) -> None:
    root = campaign(**TWO)
    first, second = jobs(root)
    (first / "signac_statepoint.json").write_text("garbage")
    (second / "failed.json").write_text("{")
    for words in (["status"], ["status", "-d", "-p"]):
        status = command("project.py", *words, cwd=root)
        assert status.returncode == 0, status.stderr
        assert second.name in status.stdout
        assert "failed.json cannot be read" in status.stdout


def test_corrupt_jobs_do_not_stop_the_others(campaign, command) -> None:
    root = campaign(**TWO)
    anchor = json.loads((root / "signac_project_document.json").read_text())["anchor"]
    (other,) = [job for job in jobs(root) if job.name != anchor]
    (other / "signac_statepoint.json").write_text("garbage")
    done = command("project.py", "run", cwd=root)
    assert done.returncode == 1
    assert (root / "workspace" / anchor / "result.json").exists()
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert list(table["job_id"]) == [anchor]


def test_a_damaged_diagram_does_not_fail_a_job(campaign, command) -> None:
    root = campaign()
    (root / "results" / "phase_diagram.png").mkdir(parents=True)
    done = command("project.py", "run", cwd=root)
    assert done.returncode == 1
    assert "1 job(s) failed: results" in done.stderr
    (job,) = jobs(root)
    assert (job / "labels.json").exists()
    assert not (job / "failed.json").exists()
    assert "failed results  aggregate" in command("project.py", "status", cwd=root).stdout
    (root / "results" / "phase_diagram.png").rmdir()
    assert command("project.py", "run", cwd=root).returncode == 0
    assert not (root / "results" / "failed.json").exists()


def test_a_lost_anchor_is_said_and_chosen_anew(campaign, command) -> None:
    import shutil

    root = campaign(**TWO)
    anchor = json.loads((root / "signac_project_document.json").read_text())["anchor"]
    shutil.rmtree(root / "workspace" / anchor)
    assert "lost its anchor" in command("project.py", "run", cwd=root).stderr
    campaign(**TWO)
    assert command("project.py", "run", cwd=root).returncode == 0
    assert len(pd.read_parquet(root / "results" / "phase_diagram.parquet")) == 2


def test_a_garbage_deadline_is_one_line(campaign, command) -> None:
    root = campaign()
    garbage = {"CAMPAIGN_DEADLINE": "soon"}
    done = command("project.py", "run", cwd=root, environment=garbage)
    assert done.returncode == 2
    assert done.stderr.strip() == "CAMPAIGN_DEADLINE='soon'; expected seconds since the epoch"


def test_select_by_axis(campaign, command) -> None:
    root = campaign(**TWO)
    command("project.py", "run", "-o", "forward", "-f", "potential.r0", "1.8", cwd=root)
    finished = [job for job in jobs(root) if (job / "result.json").exists()]
    assert len(finished) == 1
    statepoint = json.loads((finished[0] / "signac_statepoint.json").read_text())
    assert statepoint["potential"]["r0"] == 1.8


def test_no_campaign(command, tmp_path) -> None:
    done = command("project.py", "status", cwd=tmp_path)
    assert done.returncode == 2
    assert "no campaign here" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_says_what_went_wrong_and_what_is_left(campaign, command) -> None:
    root = campaign(potential={"r0": [1.4, 1.6, 1.8]})
    first, second, third = jobs(root)
    attempts.end(first, attempts.begin(first, "forward"), "out_of_memory", "SLURM job 12")
    attempts.begin(second, "forward")
    attempts.begin(third, "forward")
    with exclusive(third):
        said = command("project.py", "status", "-d", cwd=root).stdout
    assert f"again {first.name}  forward: out_of_memory, SLURM job 12 (try 1)" in said
    assert f"killed {second.name}  forward: lost (try 1)" in said
    assert "1 being worked on now" in said
    assert "core-hours in 3 jobs" in said
    rows = {line.split()[0]: line for line in said.splitlines() if "simulate (" in line}
    assert "again" in rows[first.name]
    assert "again" in rows[second.name]
    assert "running" in rows[third.name]


def test_status_asks_only_for_operations_that_some_job_has(campaign, command) -> None:
    root = campaign(potential={"r0": [1.4, 1.6]})
    file = root / "signac_project_document.json"
    # a root of before, in which flow has kept what was queued
    file.write_text(json.dumps(json.loads(file.read_text()) | {"_status": {}}))
    done = command("project.py", "status", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "0/8 " in done.stderr  # two jobs: simulate, forward, label, aggregate
    assert "forward" in done.stdout
    everything = command("project.py", "status", "--full", cwd=root)
    assert "0/44 " in everything.stderr
    assert everything.returncode == 0


def test_a_start_needs_no_heavy_import() -> None:
    """Many scheduler jobs begin with it."""
    heavy = {
        "pydantic",
        "yaml",
        "sympy",
        "pandas",
        "scipy",
        "sklearn",
        "matplotlib",
        "numba",
        "freud",
    }
    code = "import sys, project; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert not heavy & set(done.stdout.split())
