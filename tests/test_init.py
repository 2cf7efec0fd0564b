"""init.py: from a campaign file to signac jobs, and never half of it."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import signac
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import init
from workspace_schema import campaign as campaign_module
from workspace_schema.errors import CampaignError
from workspace_schema.statepoint import StatePoint

FORWARD = {"name": "forward", "kT": 0.5, "number_density": 0.8, "steps": 1000}
CAMPAIGN: dict[str, Any] = {
    "name": "small",
    "system": {"dimensions": 2, "particles": {"A": 16}},
    "potential": {"form": "lennard_jones", "epsilon": [1.0, 2.0], "sigma": [0.9, 1.0, 1.1]},
    "method": FORWARD,
    "replicas": 2,
}


def write(file: Path, data: Any) -> Path:
    file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return file


def with_method(**changes: Any) -> dict[str, Any]:
    return CAMPAIGN | {"method": FORWARD | changes}


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of init.main."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = init.main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


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
    assert document["schema_version"] == 1
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
    assert tree(root) == before
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
    for name, content in {"b.gsd": b"bb", "a.gsd": b"aa", "copy.gsd": b"aa"}.items():
        (folder / name).write_bytes(content)
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
    run(file, "--root", root)
    assert {job.id for job in project} == ids


def test_tables_are_stored_below_the_root(folder: Path) -> None:
    rows = "".join(f"{0.5 + 0.1 * i} {(0.5 + 0.1 * i) ** -6}\n" for i in range(30))
    (folder / "u.table").write_text(rows)
    potential = {"form": "table", "file": "u.table", "r_cut": 3.0}
    file = write(folder / "c.yaml", CAMPAIGN | {"potential": potential})
    assert run(file, "--root", folder / "root")[2] == ""
    job = next(iter(signac.get_project(str(folder / "root"))))
    stored = job.statepoint()["potential"]
    assert "file" not in stored
    assert (folder / "root" / "tables" / f"{stored['sha256']}.table").exists()
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
    ("version", "hint"), [(2, "update the code"), (0, "no schema version"), ("1", "no schema")]
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


# --- malformed campaign files -------------------------------------------------------------------

VALID: list[dict[str, Any]] = [
    CAMPAIGN,
    {
        "name": "mixture",
        "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": 10, "B": [5, 10]}},
        "potential": {
            "form": "lennard_jones",
            "epsilon": {"linspace": [0.5, 1.5, 2]},
            "types": {"B": {"sigma": [1.1, 1.2]}},
            "pairs": {"B-A": {"epsilon": 0.5}},
        },
        "method": [
            {
                "name": "forward",
                "ensemble": "npt",
                "kT": {"ramp": [1.0, 0.5, 0.1]},
                "pressure": 1.0,
                "number_density": 0.5,
                "start": "fcc",
                "steps": 1000,
            },
            FORWARD,
        ],
        "zip": [["system.particles.B", "potential.types.B.sigma"]],
        "axes": ["potential.epsilon", "potential.types.B.sigma"],
        "settings": {"engine": "hoomd", "frames": 10},
    },
    {
        "name": "sampled",
        "system": {"dimensions": 2, "particles": {"A": 16}},
        "potential": {
            "form": "lennard_jones_gauss",
            "epsilon": {"between": [0.5, 1.5]},
            "r0": {"between": [1.1, 1.9]},
        },
        "method": FORWARD,
        "sample": {"sobol": 4, "seed": 1},
    },
]

GARBAGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1.5, 10**30, -(10**400), 1e308, float("nan"), float("inf"), "1e-3"]),
    st.sampled_from(["", " ", "A", "nan", "2024-01-01", "no", "../..", "\0", "é" * 300, "a.b"]),
    st.sampled_from([[], {}, [[]], [None], {"": 1}, {"ramp": []}, {"file": "/"}, {"file": 3}]),
    st.sampled_from(
        [
            {"linspace": [0, 1, 10**9]},
            {"linspace": [0, 1, 2.5]},
            {"linspace": [1, 2]},
            {"linspace": "x"},
            {"logspace": [-1, 1, 3]},
            {"arange": [0, 1, 0]},
            {"arange": [0, 1e300, 1e-300]},
            {"between": [1, 1]},
            {"between": [0, 1]},
            {"linspace": [0.5, 0.6, 3]},
            {"ramp": ["a", 1]},
            {"ramp": {"ramp": [1, 2]}},
            [{"ramp": [1.0, 2.0]}, {"ramp": [float("nan"), 1]}],
            [[1.0, 2.0]],
            {"sha256": "0" * 64},
            [{"name": "forward"}],
            list(range(50)),
            {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}},
        ]
    ),
    st.recursive(
        st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans(), st.none()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    ),
)
LINES = st.sampled_from(
    [
        "name: again",
        "a: &a [*a]",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
        + "".join(
            f"{chr(99 + i)}: &{chr(99 + i)} [{', '.join(['*' + chr(98 + i)] * 9)}]\n"
            for i in range(12)
        ),
        "? [a, b]\n: 1",
        "<<: {name: x}",
        "x: !!python/object/apply:os.system [ls]",
        "x: !!binary aGVsbG8=",
        "x: *undefined",
        "- list",
        "---\nname: second",
        "\t",
        "x: " + "[" * 400,
        "x: " + "{a: " * 100,
        "\x07",
        '"\\UFFFFFFFF": 1',
        "1: 2",
        "null: 2",
        "method: {name: imported, files: [nothing.gsd]}",
        "replicas: 1000000000",
    ]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


@st.composite
def malformed(draw: st.DrawFn) -> bytes:
    """A campaign file with one to three faults; some turn out to be valid."""
    data = deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(places(data)[1:] or [()]))
        node = data
        for key in path[:-1]:
            node = node[key]
        match draw(st.sampled_from(["replace", "remove", "rename", "add", "list", "multiply"])):
            case _ if not path:
                break
            case "remove":
                del node[path[-1]]
            case "rename" if isinstance(node, dict):
                node[f"{path[-1]}{draw(st.sampled_from('sx. -'))}"] = node.pop(path[-1])
            case "add" if isinstance(node[path[-1]], dict):
                node[path[-1]][draw(st.text(max_size=4))] = deepcopy(draw(GARBAGE))
            case "list":
                node[path[-1]] = [deepcopy(node[path[-1]]) for _ in range(draw(st.integers(0, 3)))]
            case "multiply":
                node[path[-1]] = {"linspace": [0.1, 1, draw(st.sampled_from([10, 1000, 10**6]))]}
            case _:
                node[path[-1]] = deepcopy(draw(GARBAGE))
    content = yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode(errors="replace")
    match draw(st.sampled_from(["none", "none", "line", "bytes", "cut", "double"])):
        case "line":
            content += draw(LINES).encode()
        case "bytes":
            at = draw(st.integers(0, len(content)))
            content = content[:at] + draw(st.binary(min_size=1, max_size=8)) + content[at:]
        case "cut":
            content = content[: draw(st.integers(0, len(content)))]
        case "double":
            lines = content.splitlines(keepends=True)
            at = draw(st.integers(0, max(len(lines) - 1, 0)))
            content = b"".join([*lines[: at + 1], *lines[at:]])
    return content


@settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=malformed())
def test_malformed_campaign_files_are_refused_in_one_line_each(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_module, "MAX_JOBS", 500)  # valid ones are made quickly
    file, root = tmp_path / "c.yaml", tmp_path / "root"
    file.write_bytes(content)
    problems = read_problems(file)
    if not problems:  # the faults cancelled, or there were none
        assert run(file, "--root", root, "--dry-run")[0] == 0
    else:
        assert len(problems) <= 20
        pattern = re.compile(re.escape(str(file)) + r":[1-9]\d*: \S.*")
        for problem in problems:
            assert pattern.fullmatch(problem), problem
            assert len(problem) < 400 + len(str(file))
        assert run(file, "--root", root) == (1, "", "\n".join(problems) + "\n")
    assert not root.exists()


def read_problems(file: Path) -> tuple[str, ...]:
    try:
        campaign_module.read_campaign(file)
    except CampaignError as error:
        return error.problems
    return ()


def test_valid_files_of_the_malformed_test_are_valid(tmp_path: Path) -> None:
    for number, data in enumerate(VALID):
        file = write(tmp_path / "c.yaml", data)
        assert run(file, "--root", tmp_path / str(number))[2] == ""


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
    assert "the campaign has 1001000 jobs; expected at most 200000" in err
