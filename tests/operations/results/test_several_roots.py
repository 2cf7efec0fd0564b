"""A campaign in several roots: every job in one of them, and one phase diagram of all."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.phase_diagram.table import read_table
from operations.results import several_roots
from operations.results.aggregate import tabulate
from tests.campaign_files import CAMPAIGN, run, write
from workspace_schema.root import mark_outdated
from workspace_schema.shards import shard_names, shard_of


def jobs(root: Path) -> set[str]:
    return {path.name for path in (root / "workspace").iterdir()}


@pytest.fixture
def spread(tmp_path: Path) -> tuple[Path, Path, list[Path]]:
    """A campaign in one root and in three, with the three."""
    file = write(tmp_path / "small.yaml", CAMPAIGN)
    one, many = tmp_path / "one", tmp_path / "many"
    assert run(file, "--root", one)[0] == 0
    assert run(file, "--root", many, "--shards", 3)[0] == 0
    return one, many, sorted(many.glob("shard_*"))


def test_every_job_is_in_one_root(spread: tuple[Path, Path, list[Path]]) -> None:
    one, _, roots = spread
    assert [root.name for root in roots] == shard_names(3) == ["shard_0", "shard_1", "shard_2"]
    found = [jobs(root) for root in roots]
    assert set.union(*found) == jobs(one)
    assert sum(map(len, found)) == len(jobs(one))
    assert all(shard_of(job, 3) == k for k, root in enumerate(found) for job in root)
    for root in roots:
        document = json.loads((root / "signac_project_document.json").read_text())
        assert document["anchor"] in jobs(root)


def test_again_and_larger_and_otherwise(spread: tuple[Path, Path, list[Path]]) -> None:
    _, many, roots = spread
    file = many.parent / "small.yaml"
    before = {job for root in roots for job in jobs(root)}
    code, said, _ = run(file, "--root", many)
    assert (code, said.count("no change: all are there")) == (0, 3)
    write(file, CAMPAIGN | {"replicas": 4})
    assert run(file, "--root", many, "--shards", 3)[0] == 0
    now = [jobs(root) for root in roots]
    assert before < set.union(*now)
    assert all(shard_of(job, 3) == k for k, root in enumerate(now) for job in root)
    for words in (("--shards", 4), ("--shards", 0)):
        code, _, said = run(file, "--root", many, *words)
        assert (code, said.startswith("--shards: ")) == (1, True)
    code, _, said = run(file, "--root", many.parent / "one", "--shards", 2)
    assert (code, said.split(" ")[2:5]) == (1, ["holds", "a", "campaign"])
    (many / "shards.json").write_text("{}")
    code, _, said = run(file, "--root", many)
    assert (code, "shards.json is damaged" in said) == (1, True)


def test_one_diagram_of_all(spread: tuple[Path, Path, list[Path]], capsys) -> None:
    one, many, roots = spread
    for root in (one, *roots):
        for job in (root / "workspace").iterdir():
            result = {"energy_per_particle": -int(job.name[:2], 16) / 8, "number_density": 0.8}
            label = {"label": "square" if job.name < "8" else "fluid", "confidence": 0.9}
            (job / "result.json").write_text(json.dumps(result))
            (job / "labels.json").write_text(json.dumps(label))
    assert several_roots.main([*map(str, roots), "--into", str(many)]) == 0
    assert '"finished": ' in capsys.readouterr().out
    found = read_table(many)
    assert set(found[several_roots.ROOT]) == {root.name for root in roots}
    assert all((root / "workspace" / job).is_dir() for root, job in _places(many, found))
    axes = json.loads((one / "signac_project_document.json").read_text())["axes"]
    expected = tabulate(one, axes)
    expected["phases"] = expected["phases"].map(json.dumps)
    pd.testing.assert_frame_equal(
        found.drop(columns=several_roots.ROOT).sort_values("job_id", ignore_index=True),
        expected.sort_values("job_id", ignore_index=True),
        check_dtype=False,
    )
    page = (many / "results" / "phase_diagram.html").read_text()
    assert all(job in page for job in jobs(one))
    assert (many / "results" / "phase_diagram.png").stat().st_size > 10_000
    # what has changed in a root is aggregated there first
    job = min((roots[0] / "workspace").iterdir())
    (job / "labels.json").write_text('{"label": "hexagonal", "confidence": 1.0}')
    mark_outdated(roots[0])
    table = several_roots.gather(roots, many)
    assert list(table.loc[table["job_id"] == job.name, "label"]) == ["hexagonal"]


def _places(many: Path, table: pd.DataFrame) -> list[tuple[Path, str]]:
    pairs = zip(table[several_roots.ROOT], table["job_id"], strict=True)
    return [(many / root, job) for root, job in pairs]


def test_roots_that_do_not_belong_together(
    spread: tuple[Path, Path, list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    one, many, roots = spread
    assert several_roots.main([str(roots[0]), str(many)]) == 1
    assert capsys.readouterr().err == f"{many} holds no campaign\n"
    file = one / "signac_project_document.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"axes": ["method.dt"]}))
    assert several_roots.main([str(roots[0]), str(one)]) == 1
    assert f"{one} has the axes ['method.dt']; expected those of" in capsys.readouterr().err


def test_an_old_table_is_not_passed_off_as_new(
    spread: tuple[Path, Path, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, many, roots = spread
    mark_outdated(roots[0])
    monkeypatch.setattr("operations.results.aggregate.tabulate", lambda *_: 1 / 0)
    with pytest.raises(RuntimeError, match="could not be aggregated"):
        several_roots.gather([roots[0]], many)
