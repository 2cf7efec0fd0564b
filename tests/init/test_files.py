"""Files that a campaign names: looked at before anything is written, kept by their content."""

from __future__ import annotations

from pathlib import Path

import gsd.hoomd
import pytest
import signac

from analysis.prototypes import crystal
from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema.statepoint import StatePoint


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
    assert status == 0
    assert [line.partition(": ")[2].partition(": ")[2] for line in err.splitlines()] == [
        "method.files[0]: copy.gsd has the content of a.gsd: both are one job",
        "replicas: got 5; no method of this file has replicas: one job a point",
    ]
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
