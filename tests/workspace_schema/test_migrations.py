"""Schema versions: no migration loses a job, wherever it is killed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import signac

from workspace_schema import migrations
from workspace_schema.errors import MigrationError
from workspace_schema.migrations import apply, check_version, plan


def rename(statepoint: dict[str, Any]) -> dict[str, Any]:
    """Version 1 → 2: `a` is called `b`."""
    statepoint["b"] = statepoint.pop("a")
    return statepoint


def add(statepoint: dict[str, Any]) -> dict[str, Any]:
    """Version 2 → 3: a new key."""
    return {**statepoint, "inner": {"c": 1.0}}


STEPS = {1: rename, 2: add}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "my root"
    project = signac.init_project(str(folder))
    for number in range(4):
        job = project.open_job({"a": float(number), "nested": {"x": [1, 2]}}).init()
        job.document["source"] = f"file {number}"
        Path(job.fn("result.json")).write_text(str(number))
    anchor = project.open_job({"a": 0.0, "nested": {"x": [1, 2]}}).id
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
        assert job.document["source"] == f"file {number:.0f}"
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
    chosen = plan(root, {1: dict}, 2)
    assert chosen.moves == {}
    apply(chosen, {1: dict})
    assert contents(root) == before
    assert signac.get_project(str(root)).document["schema_version"] == 2


def test_a_collision_is_refused_before_anything_moves(root: Path) -> None:
    before = contents(root)
    with pytest.raises(MigrationError, match="would both become"):
        plan(root, {1: lambda statepoint: {"b": min(statepoint["a"], 2.0)}}, 2)
    with pytest.raises(MigrationError, match="would take the id"):
        plan(root, {1: lambda statepoint: statepoint | {"a": statepoint["a"] + 1.0}}, 2)
    assert contents(root) == before
    assert not (root / "migration.json").exists()


def test_a_migration_that_fails_is_named_with_its_job(root: Path) -> None:
    with pytest.raises(MigrationError, match=r"version 1 fails on job [0-9a-f]{32}: KeyError"):
        plan(root, {1: lambda statepoint: {"b": statepoint["c"]}}, 2)


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
    check_version(migrations.SCHEMA_VERSION, root)
    with pytest.raises(MigrationError, match="holds no campaign"):
        plan(root / "workspace")


def test_a_damaged_job_stops_the_plan(root: Path) -> None:
    job = next((root / "workspace").iterdir())
    for content, message in (("{", "no readable state point"), ('{"a": 7}', "not that of its id")):
        (job / "signac_statepoint.json").write_text(content)
        with pytest.raises(MigrationError, match=message):
            plan(root, STEPS, 3)


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


def test_the_registry_reaches_the_version_of_this_code() -> None:
    assert set(migrations.MIGRATIONS) == set(range(1, migrations.SCHEMA_VERSION))
