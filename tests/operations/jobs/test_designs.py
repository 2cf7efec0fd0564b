"""Jobs that use a design: they wait for its file, say why, and say which one they had."""

from __future__ import annotations

import json

import pytest
import yaml

import init
from analysis.prototypes import crystal
from operations.jobs import designs, eligibility, trajectory
from operations.jobs.driver import Task, drive
from operations.monitor.survey import Survey
from operations.slurm.submission import due
from tests.operations.interruptions import result
from workspace_schema.design_files import hash_of, table_file, write_numbers
from workspace_schema.potentials import TableData
from workspace_schema.potentials.designed import write_tables

DATA = TableData((0.001, 0.25, 0.5, 1.0), (4.0, 2.25, 1.0, 0.0), (8.0, 6.0, 4.0, 0.0))
DESIGN = {
    "name": "design",
    "by": "ground_state",
    "target": "hexagonal",
    "number_density": 1.3,
    "cells": [1],
}
FORWARD = {"name": "forward", "number_density": 1.3, "kT": 0.1, "steps": 200, "dt": 0.01}


@pytest.fixture
def pair(tmp_path):
    """A design that has not run, and a job that uses it."""
    content = {
        "name": "designs",
        "system": {"dimensions": 2, "particles": {"A": 36}},
        "potential": {"form": "designed", "r_cut": 1.0, "shape": "convex"},
        "method": [DESIGN, FORWARD],
        "settings": {"engine": "lammps", "frames": 2, "log_period": 50},
    }
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    found = {}
    for folder in (root / "workspace").iterdir():
        task = Task.read(folder, root, content["settings"])
        found[task.statepoint["method"]["name"]] = task
    return found["design"], found["forward"]


def names(task):
    return {path.name for path in task.folder.iterdir()}


def test_a_job_waits_for_its_design(pair):
    design, user = pair
    root = design.root
    assert designs.needed(names(user)) == [design.id]
    assert designs.needed(names(design)) == []
    assert eligibility.next_step(names(user), designs.found(root)) is None
    assert [one.job_id for one in due(root, [design.id, user.id], {})] == [design.id]
    lines = Survey.of(root, [design.id, user.id], {}).lines(root)
    assert f"1 jobs wait for the design {design.id[:8]}, which is not finished" in lines
    write_tables(root, design.id, {"A-A": DATA})
    step = eligibility.next_step(names(user), designs.found(root))
    assert step is not None
    assert step.operation == "forward"


def test_it_says_why_there_is_none(pair):
    design, user = pair
    why = designs.why_not(design.root, design.id)
    assert why == "which is not finished"
    (design.folder / "failed.json").write_text("{}")
    assert designs.why_not(design.root, design.id) == "which has failed"
    (design.folder / "failed.json").unlink()
    verdict = {"design": {"verdict": "not found"}}
    (design.folder / "result.json").write_text(json.dumps(verdict))
    assert designs.why_not(design.root, design.id) == "which has found none: not found"
    assert designs.why_not(design.root, "ab" * 16) == "which is no job here"
    drive(user)
    failed = json.loads((user.folder / "failed.json").read_text())
    assert f"waits for the design {design.id}" in failed["reason"]


def test_the_result_has_the_hash_of_what_was_used(pair):
    design, user = pair
    write_tables(design.root, design.id, {"A-A": DATA})
    drive(user)
    sha256 = hash_of(table_file(design.root, design.id))
    assert result(user)["design_used"] == {"id": design.id, "sha256": sha256}


@pytest.mark.parametrize("goes_on", ["checkpoint.npz", "result.previous.json"])
def test_a_job_does_not_go_on_with_another_potential(pair, goes_on):
    design, user = pair
    write_tables(design.root, design.id, {"A-A": DATA})
    assert designs.used(user)["design_used"]
    (user.folder / goes_on).touch()
    assert designs.used(user)["design_used"]
    table_file(design.root, design.id).write_text("# pair A-A\n")
    with pytest.raises(ValueError, match=f"was changed since .* delete {goes_on}, then"):
        designs.used(user)
    (user.folder / goes_on).unlink()
    assert designs.used(user)["design_used"]


def test_a_lengthened_job_does_not_go_on_with_another_potential(pair):
    design, user = pair
    write_tables(design.root, design.id, {"A-A": DATA})
    assert designs.used(user)["design_used"]
    table_file(design.root, design.id).write_text("# pair A-A\n")
    (user.folder / "result.previous.json").touch()
    with pytest.raises(ValueError, match=r"delete result\.previous\.json"):
        designs.used(user)


def test_a_free_energy_waits_for_the_crystal_of_its_job(tmp_path):
    content = {
        "name": "found",
        "system": {"dimensions": 2, "particles": {"A": 36}},
        "potential": {"form": "lennard_jones"},
        "method": {"name": "genetic", "pressure": 0.0, "generations": 2},
        "settings": {"engine": "lammps"},
    }
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"

    def tasks():
        file.write_text(yaml.safe_dump(content))
        assert init.main([str(file), "--root", str(root)]) == 0
        made = [Task.read(one, root, content["settings"]) for one in root.glob("workspace/*")]
        return {task.statepoint["method"]["name"]: task for task in made}

    search = tasks()["genetic"]
    content["method"] = {"name": "free_energy", "phase": {"job": search.id}, "pressure": 0.1}
    user = tasks()["free_energy"]
    assert eligibility.next_step(names(user), designs.found(root)) is None
    lines = Survey.of(root, [search.id, user.id], {}).lines(root)
    assert f"1 jobs wait for the job {search.id[:8]}, which is not finished" in lines
    drive(user)
    failed = json.loads((user.folder / "failed.json").read_text())
    assert f"waits for the job {search.id}, which is not finished" in failed["reason"]
    (user.folder / "failed.json").unlink()
    trajectory.write(search.folder / "final.gsd", [(0, crystal("hexagonal", 2, 1.0))])
    (search.folder / "result.json").write_text("{}")
    step = eligibility.next_step(names(user), designs.found(root))
    assert step is not None
    assert step.operation == "free_energy"
    before = hash_of(search.folder / "final.gsd")
    assert designs.used(user) == {"crystal_used": {"id": search.id, "sha256": before}}
    (user.folder / "checkpoint.npz").touch()
    trajectory.write(search.folder / "final.gsd", [(0, crystal("square", 2, 1.0))])
    with pytest.raises(ValueError, match=r"final\.gsd was changed since this job began"):
        designs.used(user)


def test_runs_wait_for_a_design_that_is_lengthened(pair, tmp_path):
    design, user = pair
    write_tables(design.root, design.id, {"A-A": DATA})
    (design.folder / "result.json").write_text("{}")
    file = tmp_path / "campaign.yaml"
    content = yaml.safe_load(file.read_text())
    content["method"][0]["updates"] = 40
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(design.root)]) == 0
    assert eligibility.waits_for_design(names(user), designs.found(design.root)) == design.id
    assert designs.why_not(design.root, design.id) == "which is not finished"


def test_a_design_that_is_run_again_is_waited_for(pair, monkeypatch):
    design, _ = pair
    write_tables(design.root, design.id, {"A-A": DATA})
    (design.folder / "result.json").write_text("{}")
    monkeypatch.setenv("CAMPAIGN_FORCE", "1")
    monkeypatch.setenv("CAMPAIGN_DEADLINE", "1")  # which is over
    drive(design)
    assert designs.found(design.root) == frozenset()


def test_mixtures_wait_for_all_designs(pair, tmp_path):
    one, other = "aa" * 16, "bb" * 16
    sphere = {"form": "kern_frenkel"}
    patch = {"directions": "pole", "half_angle": {"free": [0.3, 0.9]}, "range": 1.2}
    blocks = {
        name: sphere | {"patches": {"X": patch}, "design": design}
        for name, design in (("A", one), ("B", other))
    }
    content = {
        "name": "mixture",
        "system": {
            "dimensions": 3,
            "particles": {"A": 8, "B": 8},
            "building_blocks": blocks,
        },
        "method": {"name": "monte_carlo", "number_density": 0.3, "steps": 100},
    }
    file, root = tmp_path / "mixture.yaml", tmp_path / "mixture"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    (folder,) = (root / "workspace").iterdir()
    task = Task.read(folder, root, {})
    for missing, design in ((one, one), (other, other)):
        assert eligibility.waits_for_design(names(task), designs.found(root)) == missing
        with pytest.raises(ValueError, match=f"waits for the job {missing}, which is no job here"):
            designs.used(task)
        write_numbers(root, design, {"patches.X.half_angle": 0.5})
    assert eligibility.waits_for_design(names(task), designs.found(root)) is None
    assert [note["id"] for note in designs.used(task)["design_used"]] == [one, other]
    (folder / "checkpoint.npz").touch()
    write_numbers(root, other, {"patches.X.half_angle": 0.6})
    with pytest.raises(ValueError, match=f"{other}.table was changed since this job began"):
        designs.used(task)


@pytest.mark.parametrize("text", ["{", "[]", '{"design": "no"}', '{"design": {"verdict": null}}'])
def test_a_damaged_result_of_a_design_is_no_reason_to_stop(tmp_path, text) -> None:
    folder = tmp_path / "workspace" / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(text)
    assert designs.why_not(tmp_path, "a" * 32) == "which has found none: nothing"
