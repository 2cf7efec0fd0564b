"""The column `design` of the table."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

import init
from operations.jobs.seal import sealed
from operations.results.aggregate import make_table
from workspace_schema.design_files import hash_of, table_file, write_numbers


@pytest.fixture
def root(tmp_path):
    """A campaign of two designs, one of which has come to something, with three runs each."""
    content = {
        "name": "designs",
        "system": {"dimensions": 2, "particles": {"A": 36}},
        "potential": {"form": "designed", "r_cut": 2.0, "shape": "convex"},
        "method": [
            {
                "name": "design",
                "by": "ground_state",
                "target": ["square", "kagome"],
                "number_density": 1.0,
                "cells": [2],
            },
            {"name": "forward", "number_density": 1.0, "kT": 0.1, "steps": 100},
        ],
        "replicas": 3,
    }
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 0
    return tmp_path / "root"


def write(folder, name, content):
    (folder / name).write_text(json.dumps(sealed(content, folder, ())))


def test_both_verdicts(root):
    labels = iter(["square", "unknown", "square"])
    for folder in sorted((root / "workspace").iterdir()):
        point = json.loads((folder / "signac_statepoint.json").read_text())
        if point["method"].get("target") == "square":
            design = folder.name
            words = {"verdict": "found", "ground_state": "ground state up to 2 particles a cell"}
            write(folder, "result.json", {"design": words})
    for folder in sorted((root / "workspace").iterdir()):
        point = json.loads((folder / "signac_statepoint.json").read_text())
        if point["potential"].get("design") == design:
            write(folder, "result.json", {"n_particles": 36})
            label = next(labels)
            write(folder, "labels.json", {"label": label, "confidence": 1.0, "phases": []})
    table = make_table(root, ["method.target"])
    # runs have the target of their design
    assert table["method.target"].value_counts().to_dict() == {"square": 4, "kagome": 4}
    square = table[table["method.target"] == "square"]
    assert set(square.loc[square["method"] == "design", "design"]) == {
        "ground state up to 2 particles a cell"
    }
    assert set(square.loc[square["method"] == "forward", "design"]) == {"assembled 2 of 3"}
    kagome = table[table["method.target"] == "kagome"]
    assert kagome["design"].isna().all()


def test_parameters_that_were_found_are_columns(tmp_path):
    content = {
        "name": "parameters",
        "system": {"dimensions": 2, "particles": {"A": 36}},
        "potential": {"form": "lennard_jones_gauss", "r0": {"free": [1.1, 1.9]}},
        "method": [
            {"name": "design", "by": "label", "target": "square", "number_density": 1.0}
            | {"kT": 0.1, "steps": 100},
            {"name": "forward", "number_density": 1.0, "kT": 0.1, "steps": 100},
        ],
    }
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    for folder in (root / "workspace").iterdir():
        point = json.loads((folder / "signac_statepoint.json").read_text())
        if point["method"]["name"] == "design":
            found = {"verdict": "found", "assembled": "assembled 3 of 3"}
            found["parameters"] = {"r0": 1.375, "broken": "x"}
            write(folder, "result.json", {"design": found})
    table = make_table(root, ["method.kT"])
    assert table["designed.r0"].tolist() == [1.375, 1.375]
    assert "designed.broken" not in table
    assert table.loc[table["method"] == "design", "design"].tolist() == ["assembled 3 of 3"]


def test_bodies_that_turn_in_the_target_have_assembled(tmp_path):
    rounded = {"form": "hard_polygon", "sides": 4, "rounding": {"free": [0.0, 0.5]}}
    both = {"number_density": 0.8, "kT": 1.0}
    content = {
        "name": "bodies",
        "system": {
            "dimensions": 2,
            "particles": {"A": 36},
            "building_blocks": {"A": rounded},
        },
        "method": [
            {"name": "design", "by": "alchemy", "target": "square"} | both,
            {"name": "monte_carlo", "steps": 100} | both,
        ],
        "replicas": 3,
    }
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    labels = iter(["square", "plastic square", "plastic hexagonal"])
    for folder in sorted((root / "workspace").iterdir()):
        point = json.loads((folder / "signac_statepoint.json").read_text())
        if point["method"]["name"] == "design":
            design = folder.name
            found = {"verdict": "found", "parameters": {"rounding": 0.2}}
            write(folder, "result.json", {"design": found})
            continue
        write(folder, "result.json", {"n_particles": 36})
        write(folder, "labels.json", {"label": next(labels), "confidence": 1.0, "phases": []})
    table = make_table(root, ["method.target"])
    assert table["designed.rounding"].tolist() == [0.2] * 4
    runs = table["method"] == "monte_carlo"
    assert set(table.loc[runs, "design"]) == {"assembled 2 of 3"}
    # one run had a shape that the design found before
    write_numbers(root, design, {"rounding": 0.2})
    now = {"id": design, "sha256": hash_of(table_file(root, design))}
    others = sorted({*table["job_id"]} - {design})
    for job_id, used in zip(others, (now, now, now | {"sha256": "0" * 64}), strict=True):
        content = {"n_particles": 36, "design_used": used}
        write(root / "workspace" / job_id, "result.json", content)
    table = make_table(root, ["method.target"]).set_index("job_id").loc[others]
    assert table["designed.rounding"].tolist() == pytest.approx([0.2, 0.2, np.nan], nan_ok=True)
    assert table["design"].tolist()[2] == "of an earlier design"
    assert set(table["design"].tolist()[:2]) < {f"assembled {k} of 2" for k in range(3)}
