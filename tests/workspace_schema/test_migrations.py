"""Schema versions: no migration loses a job, wherever it is killed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import signac

from tests.campaign_files import run, write
from workspace_schema import versions
from workspace_schema.errors import MigrationError
from workspace_schema.migrations import apply, check_version, plan
from workspace_schema.statepoint import StatePoint

Migrated = tuple[dict[str, Any], dict[str, Any]]


def rename(statepoint: dict[str, Any]) -> Migrated:
    """Version 1 → 2: `a` is called `b`, `long` is an extent."""
    statepoint["b"] = statepoint.pop("a")
    return statepoint, {"long": statepoint.pop("long")}


def add(statepoint: dict[str, Any]) -> Migrated:
    """Version 2 → 3: a new key."""
    return {**statepoint, "inner": {"c": 1.0}}, {}


def same(statepoint: dict[str, Any]) -> Migrated:
    return statepoint, {}


STEPS = {1: rename, 2: add}


def old(number: int) -> dict[str, Any]:
    return {"a": float(number), "long": 10 * number, "nested": {"x": [1, 2]}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "my root"
    project = signac.init_project(str(folder))
    for number in range(4):
        job = project.open_job(old(number)).init()
        job.document["source"] = f"file {number}"
        Path(job.fn("result.json")).write_text(str(number))
    anchor = project.open_job(old(0)).id
    project.document.update({"schema_version": 1, "name": "x", "anchor": anchor})
    return folder


def contents(root: Path) -> dict[str, dict[str, str]]:
    return {
        job.name: {file.name: file.read_text() for file in job.iterdir()}
        for job in (root / "workspace").iterdir()
    }


def test_jobs_keep_their_files_under_new_ids(root: Path) -> None:
    chosen = plan(root, STEPS, 3)
    assert len(chosen.moves) == 4
    before = contents(root)
    assert before == contents(root)  # a plan changes nothing
    apply(chosen, STEPS)
    project = signac.get_project(str(root), search=False)
    assert len(project) == 4
    for job in project:
        number = job.statepoint()["b"]
        assert job.statepoint() == {"b": number, "nested": {"x": [1, 2]}, "inner": {"c": 1.0}}
        notes = job.document()
        (former,) = notes.pop("former")
        assert chosen.moves[former] == job.id
        assert notes == {"source": f"file {number:.0f}", "extent": {"long": 10 * number}}
        assert Path(job.fn("result.json")).read_text() == f"{number:.0f}"
    document = project.document()
    assert document["schema_version"] == 3
    assert project.open_job(id=document["anchor"]).statepoint()["b"] == 0.0
    assert document["name"] == "x"
    assert not (root / "migration.json").exists()
    project.check()
    check_version(3, root, 3)


def test_migrations_that_change_nothing_only_raise_the_version(root: Path) -> None:
    before = contents(root)
    chosen = plan(root, {1: same}, 2)
    assert chosen.moves == {}
    apply(chosen, {1: same})
    assert contents(root) == before
    assert signac.get_project(str(root)).document["schema_version"] == 2


def test_a_collision_is_refused_before_anything_moves(root: Path) -> None:
    before = contents(root)
    with pytest.raises(MigrationError, match="would both become"):
        plan(root, {1: lambda statepoint: ({"b": min(statepoint["a"], 2.0)}, {})}, 2)
    with pytest.raises(MigrationError, match="would take the id"):
        plan(root, {1: lambda statepoint: (old(int(statepoint["a"]) + 1), {})}, 2)
    assert contents(root) == before
    assert not (root / "migration.json").exists()


def test_a_migration_that_fails_is_named_with_its_job(root: Path) -> None:
    with pytest.raises(MigrationError, match=r"version 1 fails on job [0-9a-f]{32}: KeyError"):
        plan(root, {1: lambda statepoint: ({"b": statepoint["c"]}, {})}, 2)


def test_versions(root: Path) -> None:
    with pytest.raises(MigrationError, match="no migration from schema version 2 to 3"):
        plan(root, {1: rename}, 3)
    with pytest.raises(MigrationError, match="update the code"):
        plan(root, {}, 0)
    with pytest.raises(MigrationError, match="update the code"):
        check_version(2, root, 1)
    with pytest.raises(MigrationError, match="bring it up to date"):
        check_version(1, root, 2)
    for version in (None, "1", True, 0):
        with pytest.raises(MigrationError, match="no schema version"):
            check_version(version, root)
    check_version(versions.SCHEMA_VERSION, root)
    with pytest.raises(MigrationError, match="holds no campaign"):
        plan(root / "workspace")


def test_a_damaged_job_stops_the_plan(root: Path) -> None:
    job = next((root / "workspace").iterdir())
    for content, message in (("{", "no readable state point"), ('{"a": 7}', "not that of its id")):
        (job / "signac_statepoint.json").write_text(content)
        with pytest.raises(MigrationError, match=message):
            plan(root, STEPS, 3)


def test_a_damaged_job_document_stops_the_plan(root: Path) -> None:
    before = contents(root)
    job = next((root / "workspace").iterdir())
    (job / "signac_job_document.json").write_text("[]")
    with pytest.raises(MigrationError, match="not a JSON object"):
        plan(root, STEPS, 3)
    assert set(contents(root)) == set(before)


class Kill(BaseException):
    """Stands for a kill: nothing catches it."""


def test_a_kill_anywhere_is_taken_up_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = tmp_path / "complete"
    shutil.copytree(root, complete)
    apply(plan(complete, STEPS, 3), STEPS)
    expected = contents(complete)

    names = ("replace", "rename", "unlink")
    originals = {name: getattr(os, name) for name in names}
    calls = limit = 0

    def killing(name: str) -> Any:
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == limit:
                raise Kill
            return originals[name](*arguments, **keywords)

        return wrapped

    killed = 0
    for number in range(1, 20):
        copy, calls, limit = tmp_path / f"copy {number}", 0, number
        shutil.copytree(root, copy)
        with monkeypatch.context() as patch:
            for name in names:
                patch.setattr(os, name, killing(name))
            try:
                apply(plan(copy, STEPS, 3), STEPS)
            except Kill:
                killed += 1
                if (copy / "migration.json").exists():
                    document = json.loads((copy / "signac_project_document.json").read_text())
                    with pytest.raises(MigrationError, match="--migrate"):
                        check_version(document["schema_version"], copy, 3)
        apply(plan(copy, STEPS, 3), STEPS)
        assert contents(copy) == expected
        assert signac.get_project(str(copy)).document["schema_version"] == 3
    assert killed > 12


def test_an_interrupted_migration_to_another_version_is_refused(root: Path) -> None:
    (root / "migration.json").write_text('{"target": 2, "moves": {}}')
    with pytest.raises(MigrationError, match="half way to schema version 2"):
        plan(root, STEPS, 3)
    with pytest.raises(MigrationError, match="interrupted"):
        check_version(1, root, 1)


@pytest.mark.parametrize(
    "journal",
    [
        {"moves": {}},
        {"target": "3", "moves": {}},
        {"target": 3, "moves": []},
        {"target": 3, "moves": {"../../outside": "0" * 32}},
        {"target": 3, "moves": {"0" * 32: "../../outside"}},
        {"target": 3, "moves": {"0" * 32: 5}},
    ],
)
def test_a_journal_that_is_none(root: Path, journal: dict[str, Any]) -> None:
    (root / "migration.json").write_text(json.dumps(journal))
    with pytest.raises(MigrationError, match=r"migration\.json is damaged"):
        plan(root, STEPS, 3)


def test_jobs_that_are_links_are_not_moved(root: Path, tmp_path: Path) -> None:
    chosen = plan(root, STEPS, 3)
    job = root / "workspace" / next(iter(chosen.moves))
    job.rename(tmp_path / "outside")
    job.symlink_to(tmp_path / "outside")
    before = {file.name: file.read_text() for file in (tmp_path / "outside").iterdir()}
    for action in (lambda: plan(root, STEPS, 3), lambda: apply(chosen, STEPS)):
        with pytest.raises(OSError, match="a link, which is not followed"):
            action()
    assert {file.name: file.read_text() for file in (tmp_path / "outside").iterdir()} == before


#: As init.py wrote it in version 1.
GENETIC_1: dict[str, Any] = {
    "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": 4}},
    "potential": {
        "form": "lennard_jones",
        "r_cut": 3.0,
        "truncation": "cut",
        "epsilon": 1.0,
        "sigma": 1.0,
    },
    "method": {
        "name": "genetic",
        "pressure": 1.0,
        "composition": "fixed",
        "population": 16,
        "tournament": 3,
        "variation": {
            "heredity": 0.4,
            "strain": 0.1,
            "soft_displacement": 0.2,
            "permutation": 0.2,
            "transmutation": 0.2,
            "fresh": 0.3,
        },
        "generations": 80,
        "stagnation": 12,
        "hall_of_fame": 20,
    },
    "replica": 0,
}


def test_version_2_genetic_searches_are_the_jobs_of_the_same_campaign(tmp_path: Path) -> None:
    """Finished ones of version 1 stay finished, as long as they were, and can be lengthened."""
    method = {"name": "genetic", "pressure": 1.0, "generations": 80}
    campaign = {"name": "old", "replicas": 2, "method": method}
    campaign |= {"system": {"dimensions": 3, "particles": {"A": 4}}}
    campaign |= {"potential": {"form": "lennard_jones", "r_cut": 3.0}}
    file, root = write(tmp_path / "old.yaml", campaign), tmp_path / "root"
    project = signac.init_project(str(root))
    jobs = [project.open_job(GENETIC_1 | {"replica": k}).init() for k in range(2)]
    assert jobs[0].id == "f08395ad18588e9fc168ddfc9d9eb42f"
    for job in jobs:
        for name in ("result.json", ".genetic"):
            Path(job.fn(name)).write_text("{}")
    project.document.update({"schema_version": 1, "name": "old", "anchor": jobs[0].id})

    status, _, error = run(file, "--root", root)
    assert status == 1
    assert "init.py --migrate" in error
    status, out, _ = run("--migrate", "--root", root)
    assert status == 0
    assert "2 jobs change their id" in out
    assert "2 jobs in" in run(file, "--root", root)[1]
    project = signac.get_project(str(root))
    assert len(project) == 2
    project.check()
    for job in project:
        notes = job.document()
        assert len(notes.pop("former")) == 1
        assert notes == {"extent": {"generations": 80}}
        assert job.isfile("result.json")
        assert StatePoint.read(job.statepoint()).canonical() == job.statepoint()
    write(file, campaign | {"method": method | {"generations": 90}})
    assert "2 go on for longer" in run(file, "--root", root)[1]


def test_version_2_refuses_searches_that_differ_in_their_length_only(tmp_path: Path) -> None:
    project = signac.init_project(str(tmp_path))
    for generations in (80, 90):
        method = GENETIC_1["method"] | {"generations": generations}
        project.open_job(GENETIC_1 | {"method": method}).init()
    project.document.update({"schema_version": 1, "name": "old"})
    with pytest.raises(MigrationError, match="would both become"):
        plan(tmp_path)


def test_the_registry_reaches_the_version_of_this_code() -> None:
    assert set(versions.MIGRATIONS) == set(range(1, versions.SCHEMA_VERSION))
