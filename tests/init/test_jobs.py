"""init.py: from a campaign file to signac jobs, and never half of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import signac

import init
from tests.campaign_files import CAMPAIGN, FORWARD, run, tree, write
from workspace_schema.statepoint import StatePoint
from workspace_schema.versions import SCHEMA_VERSION


def with_method(**changes: Any) -> dict[str, Any]:
    return CAMPAIGN | {"method": FORWARD | changes}


def test_makes_signac_jobs_with_canonical_state_points(made: tuple[Path, Path]) -> None:
    _, root = made
    project = signac.get_project(str(root), search=False)
    assert len(project) == 12
    project.check()  # signac finds every state point to be that of its id
    for job in project:
        statepoint = job.statepoint()
        assert StatePoint.read(statepoint).canonical() == statepoint
        assert job.isfile(".forward")
        assert not job.isfile("signac_job_document.json")
    document = project.document()
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["axes"] == ["potential.epsilon", "potential.sigma"]
    assert document["name"] == "small"
    assert document["settings"]["engine"] == "auto"
    assert project.open_job(id=document["anchor"]).statepoint()["replica"] == 0
    assert (root / "results" / ".due").exists()


def test_again_changes_nothing(made: tuple[Path, Path]) -> None:
    file, root = made
    (root / "results" / ".due").unlink()
    before = tree(root)
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "no change" in out
    assert tree(root) == before


def test_more_points_add_only_what_is_new_and_keep_the_anchor(made: tuple[Path, Path]) -> None:
    file, root = made
    before = tree(root / "workspace")
    anchor = signac.get_project(str(root)).document["anchor"]
    (root / "results" / ".due").unlink()
    potential = CAMPAIGN["potential"] | {"epsilon": [0.5, 1.0, 2.0]}
    write(file, CAMPAIGN | {"potential": potential})
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "6 new, 12 there before" in out
    after = tree(root / "workspace")
    assert before.items() <= after.items()
    assert signac.get_project(str(root)).document["anchor"] == anchor
    assert (root / "results" / ".due").exists()


def test_fewer_points_remove_nothing(made: tuple[Path, Path]) -> None:
    file, root = made
    before = tree(root / "workspace")
    write(file, CAMPAIGN | {"replicas": 1})
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "6 other jobs" in out
    assert tree(root / "workspace") == before


def test_settings_change_without_changing_jobs(made: tuple[Path, Path]) -> None:
    file, root = made
    before = tree(root / "workspace")
    write(file, CAMPAIGN | {"settings": {"engine": "lammps"}})
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "settings changed" in out
    assert tree(root / "workspace") == before
    assert signac.get_project(str(root)).document["settings"]["engine"] == "lammps"


def test_an_engine_that_is_not_here_is_a_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init.importlib.util, "find_spec", lambda name: None)
    file = write(folder / "small.yaml", CAMPAIGN | {"settings": {"engine": "hoomd"}})
    status, out, err = run(file, "--root", folder / "root")
    assert status == 0
    assert "12 new" in out
    assert err.startswith("warning: settings.engine: hoomd is not installed here")
    assert err.count("\n") == 1
    write(file, CAMPAIGN)
    assert run(file, "--root", folder / "root")[2] == ""


def test_dry_run_writes_nothing(folder: Path, made: tuple[Path, Path]) -> None:
    file, root = made
    status, out, _ = run(file, "--root", folder / "elsewhere", "--dry-run")
    assert status == 0
    assert "12 new" in out
    assert not (folder / "elsewhere").exists()
    before = tree(root)
    write(file, CAMPAIGN | {"replicas": 3})
    status, out, _ = run(file, "--root", root, "--dry-run")
    assert status == 0
    assert "there" in out
    assert "6 new, 12 there before" in out
    assert tree(root) == before


def test_a_run_killed_anywhere_is_completed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder / "small.yaml", with_method(production_steps=500))
    complete = folder / "complete"
    assert run(file, "--root", complete)[0] == 0
    expected = tree(complete)

    calls = 0

    def counting(function: Any, limit: int) -> Any:
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == limit:
                raise KeyboardInterrupt
            return function(*arguments, **keywords)

        return wrapped

    for limit in (1, 2, 5, 12, 20):
        root, calls = folder / f"killed {limit}", 0
        with monkeypatch.context() as patch:
            document = signac.job.Job.document.fget
            patch.setattr(init.os, "open", counting(init.os.open, limit))
            patch.setattr(signac.job.Job, "document", property(counting(document, limit)))
            with pytest.raises(KeyboardInterrupt):
                run(file, "--root", root)
        assert run(file, "--root", root)[0] == 0
        assert tree(root) == expected


def test_an_empty_job_folder_becomes_a_job(made: tuple[Path, Path]) -> None:
    # what a kill between mkdir and the state point leaves
    file, root = made
    before = tree(root)
    job = next(iter(signac.get_project(str(root))))
    for name in ("signac_statepoint.json", ".forward"):
        Path(job.fn(name)).unlink()
    assert "1 new" in run(file, "--root", root)[1]
    assert tree(root) == before


def test_longer_production_makes_finished_jobs_due_again(folder: Path) -> None:
    file, root = write(folder / "c.yaml", with_method(production_steps=1000)), folder / "root"
    run(file, "--root", root)
    project = signac.get_project(str(root))
    ids = {job.id for job in project}
    finished, running = list(project)[:2]
    for name in ("result.json", "labels.json"):
        Path(finished.fn(name)).write_text("{}")
    assert finished.document["extent"] == {"production_steps": 1000}

    write(file, with_method(production_steps=5000))
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "12 go on for longer" in out
    project = signac.get_project(str(root))
    assert {job.id for job in project} == ids
    for job in project:
        assert job.document["extent"] == {"production_steps": 5000}
    assert not finished.isfile("result.json")
    assert finished.isfile("result.previous.json")
    assert not finished.isfile("labels.json")
    assert not running.isfile("result.previous.json")

    before = tree(root)
    write(file, with_method(production_steps=10))
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "12 jobs are longer than the campaign asks" in out
    assert {k: v for k, v in tree(root).items() if "campaign_files" not in k} == {
        k: v for k, v in before.items() if "campaign_files" not in k
    }
    assert "12 jobs are longer" in run(write(file, with_method()), "--root", root)[1]


def test_repeated_points_are_one_job_with_the_longest_extent(folder: Path) -> None:
    data = with_method(production_steps=[10, 30, 20])
    status, out, _ = run(write(folder / "c.yaml", data), "--root", folder / "root")
    assert status == 0
    assert "12 jobs" in out
    assert "24 points repeat" in out
    for job in signac.get_project(str(folder / "root")):
        assert job.document["extent"] == {"production_steps": 30}


def test_retry_sets_failures_aside(made: tuple[Path, Path]) -> None:
    _, root = made
    jobs = list(signac.get_project(str(root)))
    for job in jobs[:3]:
        Path(job.fn("failed.json")).write_text('{"reason": "exploded"}')
    status, _, err = run("--retry", "0" * 32, "--root", root)
    assert status == 1
    assert "no job" in err
    assert run("--retry", jobs[0].id[:20], "--root", root) == (
        0,
        "1 failed jobs are eligible again\n",
        "",
    )
    assert jobs[1].isfile("failed.json")
    (root / "results" / ".due").unlink()
    assert "2 failed jobs" in run("--retry", "--root", root)[1]
    assert not any(job.isfile("failed.json") for job in jobs)
    assert json.loads(Path(jobs[2].fn("failed.previous.json")).read_text())["reason"] == "exploded"
    assert (root / "results" / ".due").exists()
