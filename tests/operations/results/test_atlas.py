"""Structures of jobs, described from their files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.atlas import read_atlas
from analysis.configuration import Configuration
from analysis.prototypes import PROTOTYPES, crystal
from operations.jobs import file_cache, trajectory
from operations.jobs.file_cache import CACHE
from operations.results import atlas
from operations.results.atlas import describe, ideal_space_group, write_atlas
from operations.search.fingerprint import fingerprint


def job(root: Path, name: str, configuration: Configuration) -> Path:
    """The best structure of a job."""
    folder = root / "workspace" / name
    folder.mkdir(parents=True)
    trajectory.write(folder / "final.gsd", [(0, configuration)])
    (folder / "result.json").write_text("{}")
    return folder / "final.gsd"


def shaken(configuration: Configuration, width: float, seed: int) -> Configuration:
    noise = np.random.default_rng(seed).normal(0.0, width, configuration.positions.shape)
    configuration.positions = configuration.positions + noise
    return configuration


def test_description_of_crystals_and_clusters(tmp_path: Path) -> None:
    salt = describe(job(tmp_path, "salt", PROTOTYPES["NaCl"].cell()))
    assert (salt["space_group"], salt["prototype"], salt["cluster"]) == ("Fm-3m", "NaCl", "")
    positions = np.random.default_rng(1).normal(0.0, 2.0, (5, 3))
    box = np.array([20, 20, 20, 0, 0, 0.0])
    open_one = Configuration(positions, box, 3, [0, 1, 1, 0, 1], ("A", "B"), periodic=False)
    cluster = describe(job(tmp_path, "cluster", open_one))
    assert (cluster["space_group"], cluster["cluster"]) == ("", "A2 B3")
    random = Configuration(
        np.random.default_rng(2).random((9, 3)) - 0.5, [1, 1, 1, 0, 0, 0], 3, [0] * 9
    )
    assert describe(job(tmp_path, "random", random))["space_group"] == ""


def test_a_structure_is_described_once(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    read, look = [], atlas.describe
    monkeypatch.setattr(atlas, "describe", lambda file: read.append(file) or look(file))
    final = job(tmp_path, "a", PROTOTYPES["bcc"].cell())
    assert describe(final)["fingerprint"] == pytest.approx(
        fingerprint(PROTOTYPES["bcc"].cell()), rel=1e-4
    )
    columns = ["job_id", "label", "method", "confidence", "energy_per_particle", "n_particles"]
    table = pd.DataFrame([("a", "bcc", "genetic", 0.9, -1.0, 2)], columns=columns)
    read.clear()
    groups = [write_atlas(tmp_path, table)[0].space_group for _ in range(2)]
    assert (groups, len(read)) == (["Im-3m"] * 2, 1)
    trajectory.write(final, [(0, PROTOTYPES["diamond"].cell())])
    assert write_atlas(tmp_path, table)[0].space_group == "Fd-3m"
    assert len(read) == 2


def test_ideal_space_groups() -> None:
    found = [ideal_space_group(name) for name in ("hexagonal", "fcc", "decagonal", "fluid")]
    assert found == ["p6mm", "Fm-3m", "", ""]


def test_atlas_of_job_folders(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    (tmp_path / "results").mkdir()
    structures = {
        "predicted": (PROTOTYPES["bcc"].cell(), "bcc", "genetic", -9.0),
        "assembled": (shaken(crystal("bcc", 4, 1.0), 0.05, 0), "bcc", "forward", -8.0),
        "odd1": (shaken(crystal("square", 10, 1.0), 0.02, 1), "unknown", "forward", -3.0),
        "odd2": (shaken(crystal("square", 10, 1.0), 0.02, 2), "unknown", "forward", -3.1),
        "other": (shaken(crystal("hexagonal", 6, 1.0), 0.02, 3), "unknown", "forward", -4.0),
    }
    rows = []
    for name, (configuration, label, method, energy) in structures.items():
        job(tmp_path, name, configuration)
        rows.append((name, label, method, 0.8, energy, configuration.n_particles))
    rows.append(("broken", "unknown", "forward", 0.8, -1.0, 10))
    columns = ["job_id", "label", "method", "confidence", "energy_per_particle", "n_particles"]
    write_atlas(tmp_path, pd.DataFrame(rows, columns=columns))
    entries = {frozenset(entry.jobs): entry for entry in read_atlas(tmp_path)}
    bcc = entries[frozenset({"predicted", "assembled"})]
    assert (bcc.name, bcc.space_group, bcc.jobs[0]) == ("bcc", "Im-3m", "predicted")
    assert {frozenset({"odd1", "odd2"}), frozenset({"other"})} < set(entries)
    kept = (tmp_path / CACHE / "structures.jsonl").read_text().splitlines()
    assert {json.loads(line)[0] for line in kept[1:-1]} == {"predicted", "odd1", "odd2", "other"}
    assert json.loads((tmp_path / "results" / "atlas.json").read_text())
