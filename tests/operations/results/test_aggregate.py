"""One tidy row a job, whatever state the job is in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from operations.jobs import file_cache, outdated
from operations.jobs.files import replacing
from operations.results import aggregate as aggregation
from operations.results.aggregate import row_cache, tabulate
from operations.results.rows import row, rows_of, value_at
from tests.conftest import REPOSITORY
from workspace_schema.job_ids import job_id
from workspace_schema.root import OUTDATED, mark_outdated


@pytest.fixture
def root(tmp_path: Path) -> Path:
    def job(r0: object, **files: object) -> None:
        statepoint = {"potential": {"r0": r0}, "method": {"name": "forward"}, "replica": 0}
        folder = tmp_path / "workspace" / job_id(statepoint)
        folder.mkdir(parents=True)
        for file, content in {"signac_statepoint": statepoint, **files}.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / f"{file}.json").write_text(text)

    averages = {"energy_per_particle": {"standard_error": 0.01}, "pressure": "none"}
    result = {"energy_per_particle": -6.0, "engine": "lammps", "averages": averages}
    job(1.4, result=result, labels={"label": "sq"})
    job(1.2, failed={"reason": "hot"})
    job(1.3)
    job(1.5, result="garbage", labels="[]")
    job(1.6, signac_statepoint="{")
    (tmp_path / "workspace" / "stray file").touch()
    return tmp_path


def id_of(r0: float) -> str:
    """Of a job of `root`."""
    return job_id({"potential": {"r0": r0}, "method": {"name": "forward"}, "replica": 0})


A, B, C, D, E = map(id_of, (1.4, 1.2, 1.3, 1.5, 1.6))


def test_rows(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tabulate(root, ["potential.r0"]).set_index("job_id")
    assert list(table.index) == [B, C, A, D]
    assert list(table["status"]) == ["failed", "unfinished", "finished", "unfinished"]
    assert table.loc[A, "label"] == "sq"
    assert table.loc[A, "energy_per_particle"] == -6.0
    assert table.loc[A, "energy_per_particle_error"] == 0.01
    assert table[["pressure_error", "number_density_error"]].isna().all(axis=None)
    assert table.loc[B, "label"] is None or table["label"].isna()[B]
    assert f"{E}: no readable state point" in capsys.readouterr().err


@pytest.mark.parametrize("status", ["failed", "unfinished"])
def test_a_file_without_a_result_keeps_its_name(tmp_path: Path, status: str) -> None:
    files: dict[str, dict[str, Any]] = {
        "signac_statepoint": {"method": {"name": "imported"}},
        "signac_job_document": {"source": "runs/gel.csv"},
    }
    if status == "failed":
        files["failed"] = {"reason": "torn"}
    folder = tmp_path / job_id(files["signac_statepoint"])
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    found = row(folder, [])
    assert found is not None
    assert (found["status"], found["source"]) == (status, "runs/gel.csv")


def test_a_ladder_is_a_row_for_each_point(root: Path) -> None:
    """A result with several points stands in the table with each, at its place on the axes."""
    file = root / "workspace" / A / "result.json"
    points = [{"method.kT": kT, "energy_per_particle": -kT, "job_id": "x"} for kT in (0.1, 0.2)]
    file.write_text(json.dumps(json.loads(file.read_text()) | {"rows": points}))
    axes = ["potential.r0", "method.kT"]
    for known in (None, row_cache(root, axes), row_cache(root, axes)):
        table = tabulate(root, axes, known)
        ladder = table[table["job_id"] == A]
        assert ladder["method.kT"].tolist() == [0.1, 0.2]
        assert ladder["energy_per_particle"].tolist() == [-0.1, -0.2]
        assert ladder["label"].dropna().tolist() == ["sq"]  # of the first point, whose it is
        assert len(table) == 5
        if known is not None:
            known.save()


def test_a_condition_stands_for_the_key_of_its_name() -> None:
    experiment = {"method": {"name": "imported"}, "conditions": {"kT": 0.4, "phi": 0.6}}
    assert value_at(experiment, "conditions.phi") == 0.6
    assert value_at(experiment, "method.kT") == 0.4
    assert value_at(experiment, "method.pressure") is None


def test_lookup() -> None:
    statepoint = {"method": {"kT": [1.0, 0.1], "dt": 0.005, "start": {"sha256": "ab"}}}
    assert value_at(statepoint, "method.dt") == 0.005
    assert value_at(statepoint, "method.kT") == "1→0.1"
    assert value_at(statepoint, "method.start") == '{"sha256": "ab"}'
    assert value_at(statepoint, "potential.r0.x") is None


def test_an_aggregation_that_was_killed_is_due_again(tmp_path) -> None:
    assert not outdated.is_outdated(tmp_path)
    mark_outdated(tmp_path)
    with outdated.claimed(tmp_path):
        assert not (tmp_path / OUTDATED).exists()
    assert not outdated.is_outdated(tmp_path)
    with pytest.raises(ValueError, match="wrong"), outdated.claimed(tmp_path):
        raise ValueError("wrong")
    assert outdated.is_outdated(tmp_path)
    script = (
        "import os, sys; from pathlib import Path; from operations.jobs import outdated;"
        "making = outdated.claimed(Path(sys.argv[1])); making.__enter__(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=REPOSITORY)
    assert killed.returncode == -9
    assert not (tmp_path / OUTDATED).exists()
    assert outdated.is_outdated(tmp_path)
    with outdated.claimed(tmp_path):
        mark_outdated(tmp_path)  # something changes meanwhile
    assert outdated.is_outdated(tmp_path)


def test_rows_from_the_cache_are_those_of_the_files(tmp_path: Path, monkeypatch) -> None:
    """Random changes of a campaign: what comes from the cache is the table of a full reading."""
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    random = np.random.default_rng(3)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    axes = ["potential.r0", "method.kT"]

    def write(job: str, file: str, content: object) -> None:
        (workspace / job).mkdir(exist_ok=True)
        with replacing(workspace / job / file) as temporary:
            temporary.write_text(content if isinstance(content, str) else json.dumps(content))

    def change() -> None:
        k = int(random.integers(12))
        kT = [[1.0, 0.1], 0.5, 1][k % 3]
        point = {"potential": {"r0": k / 10}, "method": {"name": "forward", "kT": kT}}
        job = job_id(point)
        if not (workspace / job).exists():
            write(job, "signac_statepoint.json", point)
        what = random.integers(7)
        if what <= 1:
            energy = [float(random.normal()), None, 3, float("nan")][random.integers(4)]
            write(job, "result.json", {"energy_per_particle": energy, "engine": "lammps"})
        elif what == 2:
            phases = [{"phase": "square", "fraction": float(random.random())}]
            label = ["square", "fluid"][random.integers(2)]
            write(job, "labels.json", {"label": label, "phases": phases, "grains": 2})
        elif what == 3:
            write(job, "failed.json", {})
        elif what == 4:
            files = sorted((workspace / job).iterdir())
            files[random.integers(len(files))].unlink()
        elif what == 5:
            shutil.rmtree(workspace / job)
        else:
            write(job, ["result.json", "labels.json"][random.integers(2)], "{")

    seen = set()
    for _ in range(150):
        for _ in range(random.integers(1, 4)):
            change()
        known = row_cache(tmp_path, axes)
        table = tabulate(tmp_path, axes, known)
        known.save()
        pd.testing.assert_frame_equal(table, tabulate(tmp_path, axes), check_exact=True)
        seen |= set(table["status"]) | set(table["label"].dropna())
    assert seen == {"finished", "failed", "unfinished", "square", "fluid"}


def test_a_new_result_costs_one_row(root: Path, monkeypatch) -> None:
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    read = []
    monkeypatch.setattr(
        aggregation, "rows_of", lambda *words: read.append(words[0]) or rows_of(*words)
    )
    everything = sorted([A, B, C, D, E])
    axes = ["potential.r0"]

    def look() -> list[str]:
        read.clear()
        known = row_cache(root, axes)
        tabulate(root, axes, known)
        known.save()
        return [Path(folder).name for folder in read]

    assert look() == everything
    assert look() == []
    (root / "workspace" / C / "result.json").write_text('{"kT": 1}')
    (root / "workspace" / B / "failed.json").unlink()
    assert look() == sorted([B, C])
    axes.append("method.name")  # another table
    assert look() == everything


def test_pictures_are_drawn_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    monkeypatch.setattr(aggregation, "MOST_THUMBNAILS", 3)
    drawn = []
    monkeypatch.setattr(
        aggregation, "_thumbnail", lambda folder: drawn.append(Path(folder).name) or (folder, "")
    )
    for name in "abcde":
        (tmp_path / "workspace" / name).mkdir(parents=True)
        (tmp_path / "workspace" / name / "labels.json").write_text("{}")

    def look(*labelled: str) -> tuple[list[str], list[str]]:
        drawn.clear()
        table = pd.DataFrame({"job_id": list("abcde")})
        table["label"] = [name if name in labelled else None for name in "abcde"]
        return sorted(aggregation.thumbnails(tmp_path, table)), list(drawn)

    assert look("a", "c", "d", "e") == (["a", "c", "d"], ["a", "c", "d"])
    assert look("a", "c", "d", "e") == (["a", "c", "d"], [])
    assert look("a", "b", "c", "d", "e") == (["a", "b", "c"], ["b"])
    (tmp_path / "workspace" / "a" / "labels.json").write_text("{ }")
    assert look("a", "b", "c")[1] == ["a"]


def test_each_product_is_made_even_if_another_cannot_be(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """Whatever goes wrong: the others are made, and the line says which was not."""
    from analysis import phase_diagram
    from operations.results import atlas

    makers = {
        "phase_diagram.parquet": (pd.DataFrame, "to_parquet"),
        "phase_diagram.png": (phase_diagram, "draw"),
        "phase_diagram.html": (phase_diagram, "interactive"),
        "atlas.json": (atlas, "distinct_structures"),
    }
    axes = ["potential.r0", "potential.epsilon"]
    for pair in (
        ("phase_diagram.parquet", "phase_diagram.html"),
        ("phase_diagram.png", "atlas.json"),
    ):
        root = shutil.copytree(both, tmp_path / pair[0] / "root")
        for product in makers:
            (root / "results" / product).unlink()
        mark_outdated(root)
        capfd.readouterr()

        def fail(*_: object, **__: object) -> None:
            raise IndexError("tuple index out of range")

        with monkeypatch.context() as patch:
            for failing in pair:
                patch.setattr(*makers[failing], fail)
            aggregation.aggregate(root, "both_ways", axes)
        said = capfd.readouterr().err
        assert "not made: " in said
        for failing in pair:
            assert f"{failing}: IndexError: tuple index out of range" in said
        assert "Traceback" not in said
        there = {product for product in makers if (root / "results" / product).exists()}
        assert there == makers.keys() - set(pair)
        assert outdated.is_outdated(root)
        aggregation.aggregate(root, "both_ways", axes)
        assert all((root / "results" / failing).exists() for failing in pair)


def test_one_job_stops_neither_pictures_nor_atlas(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """Whatever its files make of the code that reads them; the line names the job."""
    from operations.results import atlas, configurations

    axes = ["potential.r0", "potential.epsilon"]
    for error in (IndexError("tuple index"), ZeroDivisionError("x"), MemoryError(), TypeError("y")):
        root = shutil.copytree(both, tmp_path / type(error).__name__)
        shutil.rmtree(root / "results" / ".cache")
        mark_outdated(root)
        names: list[str] = []

        def fail(
            path: Path, *_: object, error: Exception = error, names: list[str] = names
        ) -> object:
            names.append(path.parent.name)
            if path.parent.name == min(names):
                raise error
            return configurations.read_configuration(path)

        with monkeypatch.context() as patch:
            patch.setattr(atlas, "read_configuration", fail)
            patch.setattr(aggregation, "read_configuration", fail)
            aggregation.aggregate(root, "both_ways", axes)
        said = capfd.readouterr().err
        assert f"no picture of {min(names)}: {type(error).__name__}" in said
        assert not outdated.is_outdated(root)
        assert "data:image/png" in (root / "results" / "phase_diagram.html").read_text()


def test_labels_of_several_models_are_said(capsys) -> None:
    from operations.results.aggregate import warn_of_models

    rules = ["two_dimensional-8+orientation-1", "three_dimensional-6+binary-2", None]
    warn_of_models(pd.DataFrame({"model": [*rules, "liquid_crystals-1"]}))
    warn_of_models(pd.DataFrame({"model": ["learned-1 classify"] * 2}))
    assert capsys.readouterr() == ("", "")
    for other in ("learned-1 classify", "learned-1+two_dimensional-8", "forest-1"):
        warn_of_models(pd.DataFrame({"model": [*rules, other]}))
        assert "aggregate: labels are of several models (" in "".join(capsys.readouterr())
    warn_of_models(pd.DataFrame({"model": ["learned-1 classify", "learned-1 disorder"]}))
    assert "several models" in "".join(capsys.readouterr())
