"""Jobs that the campaign file no longer has are moved away, not deleted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.another_process import held
from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema.history import former_jobs
from workspace_schema.root import PRUNED


@pytest.fixture
def changed(tmp_path: Path) -> tuple[Path, set[str]]:
    """A root whose file has changed, and its old jobs; the anchor is one of them."""
    root = tmp_path / "root"
    assert run(write(tmp_path / "a.yaml", CAMPAIGN), "--root", root)[0] == 0
    old = {folder.name for folder in (root / "workspace").iterdir()}
    other = CAMPAIGN | {"method": FORWARD | {"steps": 2000}}
    assert run(write(tmp_path / "a.yaml", other), "--root", root)[0] == 0
    return root, old


def anchor(root: Path) -> str:
    return str(json.loads((root / "signac_project_document.json").read_text())["anchor"])


def test_prune_asks_and_moves(changed: tuple[Path, set[str]]) -> None:
    root, old = changed
    status, out, err = run("--prune", "--root", root)  # nobody can be asked
    assert status == 1
    assert "--yes" in err
    assert all(job_id in out for job_id in old)
    assert len(list((root / "workspace").iterdir())) == 24
    assert anchor(root) in old
    status, out, _ = run("--prune", "--yes", "--root", root)
    assert status == 0
    assert "12 jobs are now in" in out
    assert {folder.name for folder in (root / PRUNED).iterdir()} == old
    assert all((root / PRUNED / name / "signac_statepoint.json").is_file() for name in old)
    left = {folder.name for folder in (root / "workspace").iterdir()}
    assert len(left) == 12
    assert anchor(root) in left
    assert former_jobs(root) == frozenset()
    assert "no job" in run("--prune", "--yes", "--root", root)[1]


def test_a_job_that_is_worked_on_stays(changed: tuple[Path, set[str]]) -> None:
    root, old = changed
    busy = min(old)
    with held(root / "workspace" / busy):
        status, out, _ = run("--prune", "--yes", "--root", root)
    assert status == 0
    assert f"{busy} is being worked on" in out
    assert (root / "workspace" / busy).is_dir()
    assert former_jobs(root) == {busy}


def test_a_dry_run_only_lists(changed: tuple[Path, set[str]]) -> None:
    root, old = changed
    status, out, _ = run("--prune", "--yes", "--dry-run", "--root", root)
    assert status == 0
    assert all(job_id in out for job_id in old)
    assert not (root / PRUNED).exists()


def test_jobs_come_back_with_their_results(changed: tuple[Path, set[str]], tmp_path: Path) -> None:
    root, old = changed
    one = min(old)
    result = root / "workspace" / one / "result.json"
    result.write_text('{"kept": true}')
    run("--prune", "--yes", "--root", root)
    (root / "results" / ".due").unlink()
    first = write(tmp_path / "first.yaml", CAMPAIGN)
    status, out, _ = run(first, "--root", root, "--dry-run")
    assert status == 0
    assert "12 of the new come back from pruned/" in out
    assert not (root / "workspace" / one).exists()
    status, out, _ = run(first, "--root", root)
    assert status == 0
    assert "12 jobs came back from pruned/" in out
    assert "0 new" in out
    assert result.read_text() == '{"kept": true}'
    assert not list((root / PRUNED).iterdir())
    assert len(former_jobs(root)) == 12
    assert (root / "results" / ".due").exists()


def test_the_last_of_several_comes_back_longer_where_it_shall(
    changed: tuple[Path, set[str]], tmp_path: Path
) -> None:
    root, old = changed
    one = min(old)
    run("--prune", "--yes", "--root", root)
    shutil.copytree(root / PRUNED / one, root / PRUNED / f"{one}.1")
    (root / PRUNED / f"{one}.1" / "result.json").write_text("{}")
    (root / PRUNED / "elsewhere").symlink_to(tmp_path)
    longer = CAMPAIGN | {"method": FORWARD | {"production_steps": 500}}
    status, out, err = run(write(tmp_path / "longer.yaml", longer), "--root", root)
    assert (status, err) == (0, "")
    assert "12 go on for longer" in out
    assert [folder.name for folder in (root / PRUNED).iterdir() if folder.is_dir()] in (
        [one, "elsewhere"],
        ["elsewhere", one],
    )
    assert (root / "workspace" / one / "result.previous.json").exists()
