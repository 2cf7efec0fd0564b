"""A root is never dead, and two init.py at once make one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import signac

import init
from operations.jobs.locks import exclusive
from tests.another_process import held
from tests.campaign_files import CAMPAIGN, FORWARD, run, tree, write
from workspace_schema.canonical import known_extents
from workspace_schema.methods.forward import Forward
from workspace_schema.statepoint import StatePoint
from workspace_schema.versions import SCHEMA_VERSION

CONFIG = Path(".signac/config")


def remove(root: Path) -> None:
    (root / CONFIG).unlink()
    (root / ".signac").rmdir()


DAMAGES: list[Callable[[Path], object]] = [
    remove,
    lambda root: (root / CONFIG).unlink(),
    lambda root: (root / CONFIG).write_bytes(b""),
    lambda root: (root / CONFIG).write_bytes(b"schema_ver"),
    lambda root: (root / CONFIG).write_bytes(b"\xff\xfe\x00schema_version = 2\n"),
    lambda root: ((root / CONFIG).unlink(), (root / CONFIG).mkdir()),
    lambda root: (remove(root), (root / ".signac").write_bytes(b"")),
    lambda root: (remove(root), (root / ".signac").symlink_to("nowhere")),
    lambda root: ((root / CONFIG).unlink(), (root / CONFIG).symlink_to("nowhere")),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_configuration_is_made_again(
    made: tuple[Path, Path], damage: Callable[[Path], object]
) -> None:
    file, root = made
    before = tree(root)
    damage(root)
    damaged = tree(root)
    assert run(file, "--root", root, "--dry-run")[0] == 0
    assert tree(root) == damaged
    status, out, err = run(file, "--root", root)
    assert (status, err) == (0, "")
    assert ".signac/config was lost and is made again" in out
    after = tree(root)
    assert {path: after[path] for path in before} == before
    assert set(after) - set(before) <= {".signac/config.damaged"}
    assert len(signac.get_project(str(root), search=False)) == 12
    assert "no change" in run(file, "--root", root)[1]


def test_a_configuration_of_a_newer_signac_is_left_alone(made: tuple[Path, Path]) -> None:
    file, root = made
    (root / CONFIG).write_text("schema_version = 99\n")
    write(file, CAMPAIGN | {"replicas": 3})
    before = tree(root)
    status, out, err = run(file, "--root", root)
    assert (status, out) == (1, "")
    assert "no project that signac can open" in err
    assert tree(root) == before


def test_refuses_the_repository_another_campaign_and_foreign_projects(
    folder: Path, made: tuple[Path, Path]
) -> None:
    file, root = made
    status, _, err = run(file, "--root", init.REPOSITORY)
    assert status == 1
    assert "--root" in err
    other = write(folder / "other.yaml", CAMPAIGN | {"name": "other"})
    before = tree(root)
    status, _, err = run(other, "--root", root)
    assert status == 1
    assert "holds the campaign small, not other" in err
    assert tree(root) == before
    foreign = signac.init_project(str(folder / "foreign"))
    foreign.open_job({"a": 1}).init()
    status, _, err = run(file, "--root", folder / "foreign")
    assert status == 1
    assert "no campaign" in err
    assert len(foreign) == 1
    assert run(file, "--root", file)[0] == 1


@pytest.mark.parametrize(
    ("version", "hint"),
    [(SCHEMA_VERSION + 1, "update the code"), (0, "no schema version"), ("1", "no schema")],
)
def test_refuses_a_root_of_another_schema_version(
    made: tuple[Path, Path], version: object, hint: str
) -> None:
    file, root = made
    signac.get_project(str(root)).document["schema_version"] = version
    before = tree(root)
    for arguments in ((file,), ("--migrate",), ("--retry",)):
        status, _, err = run(*arguments, "--root", root)
        assert status == 1
        assert hint in err
    assert tree(root) == before


def test_migrate_of_the_current_version_does_nothing(made: tuple[Path, Path]) -> None:
    _, root = made
    before = tree(root)
    status, out, _ = run("--migrate", "--root", root)
    assert status == 0
    assert "nothing to do" in out
    assert tree(root) == before


def test_many_at_once_make_one_root(tmp_path: Path) -> None:
    file = write(tmp_path / "small.yaml", CAMPAIGN | {"replicas": 20})
    command = [sys.executable, str(init.REPOSITORY / "init.py"), file, "--root", tmp_path / "root"]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0] * 6, said
    assert sum("120 new" in out for out, _ in said) == 1
    assert sum("no change" in out for out, _ in said) == 5
    assert {line for _, err in said for line in err.splitlines()} <= {
        f"another init.py is at work in {tmp_path / 'root'}; waiting for it"
    }
    assert run(file, "--root", tmp_path / "alone")[0] == 0
    assert tree(tmp_path / "root") == tree(tmp_path / "alone")


def test_a_dry_run_waits_for_nobody(made: tuple[Path, Path]) -> None:
    file, root = made
    with held(root, init.LOCK) as holder:
        assert "no change" in run(file, "--root", root, "--dry-run")[1]
        command = [sys.executable, str(init.REPOSITORY / "init.py"), file, "--root", root]
        waiting = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert waiting.stderr is not None
        assert "waiting for it" in waiting.stderr.readline()
        assert waiting.poll() is None
        holder.communicate()
        assert "no change" in waiting.communicate(timeout=30)[0]


def test_the_lock_follows_no_link_and_truncates_nothing(made: tuple[Path, Path]) -> None:
    file, root = made
    (root / init.LOCK).write_text("somebody's")
    with exclusive(root, init.LOCK):
        pass
    assert (root / init.LOCK).read_text() == "somebody's"
    (root / init.LOCK).unlink()
    precious = root.parent / "precious"
    precious.write_text("precious")
    (root / init.LOCK).symlink_to(precious)
    status, out, err = run(file, "--root", root)
    assert (status, out) == (1, "")
    assert init.LOCK in err
    assert err.count("\n") == 1
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    "extent",
    [
        {"unknown": 5},
        {"unknown": "text", "production_steps": 10},
        {"production_steps": "many"},
        {"production_steps": None},
        {"production_steps": True},
        {"production_steps": [1]},
        [],
        "text",
        None,
        5,
    ],
)
def test_extents_of_somebody_else(tmp_path: Path, extent: Any) -> None:
    method = FORWARD | {"production_steps": 1000}
    file, root = write(tmp_path / "c.yaml", CAMPAIGN | {"method": method}), tmp_path / "root"
    run(file, "--root", root)
    job = next(iter(signac.get_project(str(root))))
    Path(job.fn("signac_job_document.json")).write_text(json.dumps({"extent": extent}))
    status, out, err = run(file, "--root", root)
    assert (status, err) == (0, "")
    assert "1 go on for longer" in out
    document = json.loads(Path(job.fn("signac_job_document.json")).read_bytes())
    assert document["extent"] == {"production_steps": 1000}
    known = known_extents(Forward, {"extent": extent})
    assert known in ({}, {"production_steps": 10})
    if isinstance(extent, dict):
        read = StatePoint.read(job.statepoint(), extent)
        assert read.extents() == known


@pytest.mark.parametrize("text", ["[]", "5", "[" * 100_000, "{", ""])
def test_a_document_that_is_none(tmp_path: Path, text: str) -> None:
    method = FORWARD | {"production_steps": 1000}
    file, root = write(tmp_path / "c.yaml", CAMPAIGN | {"method": method}), tmp_path / "root"
    run(file, "--root", root)
    job = next(iter(signac.get_project(str(root))))
    Path(job.fn("signac_job_document.json")).write_text(text)
    status, _, err = run(file, "--root", root)
    assert status in (0, 1)
    assert err.count("\n") == status
    assert "Traceback" not in err


TWINS = [0.3, 0.30000000000000004, 0.6000000000000001, 0.6, 0.6000001]


def test_numbers_that_differ_by_rounding_are_one_job(tmp_path: Path) -> None:
    potential = {"form": "lennard_jones", "epsilon": TWINS}
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"potential": potential, "replicas": 1})
    status, out, err = run(file, "--root", tmp_path / "root")
    assert status == 0
    assert "3 jobs" in out
    assert "2 points repeat" in out
    assert err == (
        f"warning: {file}:10: potential.epsilon[1]: 0.30000000000000004 is taken as 0.3, which is"
        f" there, too\nwarning: {file}:11: potential.epsilon[2]: 0.6000000000000001 is taken as"
        " 0.6, which is there, too\n"
    )
    project = signac.get_project(str(tmp_path / "root"))
    assert sorted(job.sp.potential.epsilon for job in project) == [0.3, 0.6, 0.6000001]


def test_a_number_alone_is_as_it_is(tmp_path: Path) -> None:
    potential = {"form": "lennard_jones", "epsilon": 0.30000000000000004}
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"potential": potential, "replicas": 1})
    assert run(file, "--root", tmp_path / "root")[2] == ""
    (job,) = signac.get_project(str(tmp_path / "root"))
    assert job.sp.potential.epsilon == 0.30000000000000004


LONGER = FORWARD | {"production_steps": 1000}
LONGEST = FORWARD | {"production_steps": 2000}
DOCUMENT, TEMPORARY = "signac_job_document.json", ".signac_statepoint.json.tmp"


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("results/.due", 1),
        ("workspace/JOB/.forward", 1),
        ("workspace/JOB/signac_statepoint.json", 0),
        ("workspace/JOB/signac_statepoint.json.tmp", 0),
        (f"workspace/JOB/{TEMPORARY}", 0),
        (f"workspace/JOB/{DOCUMENT}", 0),
        ("workspace/JOB", 1),
        (".signac/.config.tmp", 0),
        ("shards.json.tmp", 0),
        ("..shards.json.tmp", 0),
        (".init.lock", 1),
        ("inputs", 1),
        ("tables", 1),
    ],
)
def test_nothing_is_written_through_links(tmp_path: Path, name: str, done: int) -> None:
    file, root = write(tmp_path / "c.yaml", CAMPAIGN | {"method": LONGER}), tmp_path / "root"
    run(file, "--root", root)
    job = next((root / "workspace").iterdir())
    (job / ".forward").unlink()  # not complete: made again
    (root / CONFIG).unlink()
    outside = tmp_path / "outside"
    path = root / name.replace("JOB", job.name)
    if name.endswith(".forward"):
        pass  # the link leads to nothing, and nothing is made there
    elif path.suffix or path.name.startswith("."):
        outside.write_text('{"precious": 1}')
    else:
        outside.mkdir()
    if path.is_dir():
        path.rename(tmp_path / "before")
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    write(file, CAMPAIGN | {"method": LONGEST})
    status, _, err = run(file, "--root", root)
    assert status == done, err
    assert err.count("\n") == done
    assert ("which is not followed" in err) == bool(done)
    if outside.is_dir():
        assert list(outside.iterdir()) == []
    elif name.endswith(".forward"):
        assert not outside.exists()
    else:
        assert outside.read_text() == '{"precious": 1}'


@pytest.mark.parametrize("name", ["shard_1", "shard_1/workspace", ".shards.json.tmp"])
def test_links_among_spread_roots(tmp_path: Path, name: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    path = root / name
    path.parent.mkdir(parents=True)
    path.symlink_to(outside / "file" if name.startswith(".") else outside)
    file = write(tmp_path / "c.yaml", CAMPAIGN)
    status, _, err = run(file, "--root", root, "--shards", 2)
    assert ("is a link out of the campaign" in err) == bool(status) == (not name.startswith("."))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", ["result.json", DOCUMENT])
def test_pipes_are_waited_for_by_nobody(tmp_path: Path, name: str) -> None:
    file, root = write(tmp_path / "c.yaml", CAMPAIGN | {"method": LONGER}), tmp_path / "root"
    run(file, "--root", root)
    job = next((root / "workspace").iterdir())
    write(file, CAMPAIGN | {"method": LONGEST})
    (job / DOCUMENT).write_text('{"extent": {"production_steps": 1000}}')
    (job / name).unlink(missing_ok=True)
    os.mkfifo(job / name)
    command = [sys.executable, str(init.REPOSITORY / "init.py"), str(file), "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == (name == DOCUMENT)
    assert ("not a regular file" in done.stderr) == (name == DOCUMENT)
