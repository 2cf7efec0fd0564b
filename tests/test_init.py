"""init.py: from a campaign file to signac jobs, and never half of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gsd.hoomd
import pytest
import signac

import init
from analysis.prototypes import crystal
from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema.statepoint import StatePoint
from workspace_schema.versions import SCHEMA_VERSION


def with_method(**changes: Any) -> dict[str, Any]:
    return CAMPAIGN | {"method": FORWARD | changes}


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, with the content of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose path needs quoting."""
    result = tmp_path / "my campaigns"
    result.mkdir()
    return result


@pytest.fixture
def made(folder: Path) -> tuple[Path, Path]:
    """A campaign file and the root where its twelve jobs are."""
    file = write(folder / "small.yaml", CAMPAIGN)
    assert run(file, "--root", folder / "root")[0] == 0
    return file, folder / "root"


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


def test_a_labeller_by_name(made: tuple[Path, Path]) -> None:
    file, root = made
    document = signac.get_project(str(root)).document
    assert "labeller" not in document["settings"]
    write(file, CAMPAIGN | {"settings": {"labeller": "umap_embedding"}})
    status, _, error = run(file, "--root", root)
    assert status == 1
    assert error.startswith("labeller 'umap_embedding' cannot label one job: it turns")
    write(file, CAMPAIGN | {"settings": {"labeller": "forest"}})
    assert run(file, "--root", root)[0] == 0
    assert signac.get_project(str(root)).document["settings"]["labeller"] == "forest"


OWN = {"square": "prototype", "hexagonal": "prototype"}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"model": "oracle"}, "labeller is 'oracle', expected one of production, forest, learned"),
        (
            {"model": "learned", "head": "embed"},
            "labels.head 'embed' cannot label one job: it turns",
        ),
        ({"model": "learned", "head": "nose"}, "labels.head is 'nose', expected one of classify"),
        (
            {"model": "forest", "head": "denoise"},
            "labels.head: means nothing without model: learned",
        ),
        ({"model": "production", "train": OWN}, "labels.train: means nothing without model"),
        (
            {"model": "learned", "train": {"square": "prototype", "nice": "prototype"}},
            "labels.train.nice: there is no prototype of that name, expected files or one of fcc",
        ),
        (
            {"model": "learned", "train": {"square": "prototype", "fcc": "prototype"}},
            "labels.train: prototypes are of two and of three dimensions",
        ),
        ({"model": "learned", "train": {"square": "prototype"}}, "labels.train: "),
        (
            {"model": "learned", "train": {"a": ["there_is_none.gsd"], "b": ["none.gsd"]}},
            "labels.train.a[0]: got ",
        ),
        (
            {"model": "learned", "head": "disorder", "train": OWN},
            "labels.head disorder: expected files of the class fluid and a prototype",
        ),
    ],
)
def test_labels_that_cannot_be_are_refused(
    made: tuple[Path, Path], labels: dict, said: str
) -> None:
    file, root = made
    write(file, CAMPAIGN | {"labels": labels})
    status, _, error = run(file, "--root", root)
    assert status == 1
    assert said in error
    write(file, CAMPAIGN | {"labels": {"model": "learned"}, "settings": {"labeller": "forest"}})
    assert "labels: says what settings.labeller says" in run(file, "--root", root)[2]


def test_examples_of_own_classes_are_kept_by_their_content(made: tuple[Path, Path]) -> None:
    file, root = made
    places = "".join(f"A {k % 6} {k // 6} 0\n" for k in range(36))
    for name in ("ice.xyz", "colder.xyz"):
        (file.parent / name).write_text(f"36\n{name}\n{places}")
    (file.parent / "one.xyz").write_text("1\n\nA 0 0 0\n")
    for train, said in (
        ({"ice": ["one.xyz"], "square": "prototype"}, "labels.train.ice[0]: "),
        ({"ice": ["ice.xyz"], "square": "prototype"}, "ice: has 1 configurations"),
    ):
        write(file, CAMPAIGN | {"labels": {"model": "learned", "train": train}})
        for words in ([], ["--dry-run"]):
            status, _, error = run(file, "--root", root, *words)
            assert status == 1
            assert said in error
    train = {"ice": ["ice.xyz", "colder.xyz"], "square": "prototype"}
    for labels in (
        {},
        {"head": "denoise"},
        {"train": train},
    ):  # the first two by the model of the code
        write(file, CAMPAIGN | {"labels": {"model": "learned"} | labels})
        assert run(file, "--root", root)[0] == 0
    asked = signac.get_project(str(root)).document["settings"]["labels"]()
    digest = asked["train"]["ice"][0]
    assert len(asked["train"]["ice"]) == 2
    assert (root / "inputs" / f"{digest}.xyz").read_bytes() == (
        file.parent / "ice.xyz"
    ).read_bytes()


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


def test_imported_files_become_jobs_by_content(folder: Path) -> None:
    for name, edge in {"b.gsd": 2, "a.gsd": 3, "copy.gsd": 3}.items():
        with gsd.hoomd.open(str(folder / name), "w") as stream:
            stream.append(crystal("square", (edge, edge), 1.0).to_frame())
    data = {
        "name": "elsewhere",
        "system": {"dimensions": 2},
        "method": {"name": "imported", "files": ["*.gsd"]},
        "replicas": 5,
    }
    file, root = write(folder / "c.yaml", data), folder / "root"
    status, _, err = run(file, "--root", root)
    assert (status, err) == (0, "")
    project = signac.get_project(str(root))
    assert sorted(job.document["source"] for job in project) == ["a.gsd", "b.gsd"]
    for job in project:
        statepoint = job.statepoint()
        assert set(statepoint) == {"system", "method", "replica"}
        assert set(statepoint["method"]) == {"name", "sha256"}
        assert (root / "inputs" / f"{statepoint['method']['sha256']}.gsd").exists()
        assert job.isfile(".imported")
    ids = {job.id for job in project}
    (folder / "a.gsd").rename(folder / "renamed.gsd")
    (folder / "copy.gsd").unlink()
    lost = root / "inputs" / f"{statepoint['method']['sha256']}.gsd"
    lost.unlink()
    run(file, "--root", root)
    assert {job.id for job in project} == ids
    assert lost.exists()


def test_a_wrong_file_is_found_before_anything_is_written(folder: Path) -> None:
    (folder / "good.csv").write_text("x,y\n0,0\n1,0\n0,1\n")
    (folder / "bad.csv").write_text("x,y\n0,0\n1,?\n0,1\n")
    data = {
        "name": "elsewhere",
        "system": {"dimensions": 2},
        "method": {"name": "imported", "files": ["*.csv"]},
    }
    file, root = write(folder / "c.yaml", data), folder / "root"
    for words in ((), ("--dry-run",)):
        status, _, err = run(file, "--root", root, *words)
        assert status == 1
        assert "method.files: bad.csv" in err
        assert "1 of 3 rows have no numbers in x, y: line 3: 1, ?" in err
    assert not root.exists()
    (folder / "bad.csv").unlink()
    assert run(file, "--root", root)[0] == 0


@pytest.mark.parametrize(
    ("particles", "dimensions", "reason"),
    [
        ({"A": 8}, 2, "the file holds {'A': 9}, expected {'A': 8} of system.particles"),
        ({"A": 9}, 3, "the file has 2 dimensions, expected 3 of system.dimensions"),
    ],
)
def test_a_start_that_does_not_fit_is_found_before_anything_is_written(
    folder: Path, particles: dict[str, int], dimensions: int, reason: str
) -> None:
    with gsd.hoomd.open(str(folder / "start.gsd"), "w") as stream:
        stream.append(crystal("square", (3, 3), 1.0).to_frame())
    method = {key: FORWARD[key] for key in FORWARD if key != "number_density"}
    data = CAMPAIGN | {
        "system": {"dimensions": dimensions, "particles": particles},
        "method": method | {"start": {"file": "start.gsd"}},
    }
    file = write(folder / "c.yaml", data)
    status, _, err = run(file, "--root", folder / "root")
    assert status == 1
    assert f"start.gsd: method.start: {reason}" in err
    assert not (folder / "root").exists()


def test_tables_are_stored_below_the_root(folder: Path) -> None:
    rows = "".join(f"{0.5 + 0.1 * i} {(0.5 + 0.1 * i) ** -6}\n" for i in range(30))
    (folder / "u.table").write_text(rows)
    potential = {"form": "table", "file": "u.table", "r_cut": 3.0}
    file = write(folder / "c.yaml", CAMPAIGN | {"potential": potential})
    assert run(file, "--root", folder / "root")[2] == ""
    job = next(iter(signac.get_project(str(folder / "root"))))
    stored = job.statepoint()["potential"]
    assert "file" not in stored
    table = folder / "root" / "tables" / f"{stored['sha256']}.table"
    assert table.exists()
    table.unlink()
    run(file, "--root", folder / "root")
    assert table.exists()
    assert StatePoint.read(job.statepoint()).potential is not None


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


def test_ten_thousand_points_are_planned_in_seconds(folder: Path) -> None:
    potential = {
        "form": "lennard_jones",
        "epsilon": {"linspace": [0.1, 2, 100]},
        "sigma": {"linspace": [0.5, 1.5, 100]},
    }
    file = write(folder / "c.yaml", CAMPAIGN | {"potential": potential, "replicas": 1})
    begin = time.process_time()
    status, out, _ = run(file, "--root", folder / "root", "--dry-run")
    assert status == 0
    assert "10000 new" in out
    assert time.process_time() - begin < 20.0  # 3 s alone on a machine of 2020


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(init.REPOSITORY / "init.py"), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line(folder: Path) -> None:
    file = write(folder / "small.yaml", CAMPAIGN)
    root = folder / "here"
    root.mkdir()
    result = command(file, cwd=root)
    assert (result.returncode, result.stderr) == (0, "")
    assert (root / ".signac").is_dir()

    write(file, CAMPAIGN | {"replica": 2})
    result = command("small.yaml", "--root", "x", cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "small.yaml:21: replica: unknown key; did you mean replicas?\n"
    assert not (folder / "x").exists()

    assert command(cwd=folder).returncode == 2
    assert command("missing.yaml", cwd=folder).stderr.startswith("missing.yaml:1: cannot be read")


def test_help_needs_no_heavy_import() -> None:
    code = "import sys, init\ntry: init.main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=init.REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(result.stdout.split())
    assert not loaded & {"signac", "pydantic", "yaml", "numpy", "scipy", "rich"}


def test_too_many_jobs_are_refused_at_once(tmp_path: Path) -> None:
    potential = {
        "form": "lennard_jones",
        "epsilon": {"linspace": [0.1, 2, 1000]},
        "sigma": {"linspace": [0.5, 1.5, 1001]},
    }
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"potential": potential, "replicas": 1})
    begin = time.process_time()
    status, _, err = run(file, "--root", tmp_path / "root")
    assert time.process_time() - begin < 5.0
    assert status == 1
    assert "the campaign has 1001000 jobs; expected at most 1000000" in err
