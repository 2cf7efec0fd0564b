"""Configurations from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.start import lattice
from operations.jobs import trajectory
from operations.jobs.driver import drive
from operations.jobs.state import FAILED
from operations.results.label import label


@pytest.fixture
def file(tmp_path: Path) -> Path:
    square = lattice("square", {"A": 100}, 2, 1.0, np.random.default_rng(1))
    trajectory.write(tmp_path / "mine.gsd", [(0, square)])
    return tmp_path / "mine.gsd"


def imported(file: Path, dimensions: int) -> dict:
    return {
        "system": {"dimensions": dimensions, "particles": None},
        "potential": None,
        "method": {
            "name": "imported",
            "files": [str(file)],
            **dict.fromkeys(("number_density", "kT", "steps")),
        },
    }


def test_an_imported_crystal_is_labelled(tasks, file: Path) -> None:
    (task,) = tasks(**imported(file, 2))
    drive(task)
    label(task.folder, task.root)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(1.0)
    assert result["source"].endswith("mine.gsd")
    assert json.loads((task.folder / "labels.json").read_text())["label"] == "square"
    assert Configuration.read(task.folder / "final.gsd").n_particles == 100


def test_other_dimensions_are_refused(tasks, file: Path) -> None:
    (task,) = tasks(**imported(file, 3))
    drive(task)
    reason = json.loads((task.folder / FAILED).read_text())["reason"]
    assert "mine.gsd has 2 dimensions, system.dimensions is 3" in reason


def test_coordinates_from_a_microscope(tasks, tmp_path: Path) -> None:
    square = lattice("square", {"A": 400}, 2, 0.3, np.random.default_rng(1))
    rows = [f"{x:.3f},{y:.3f}" for x, y, _ in square.positions]
    (tmp_path / "field.csv").write_text("\n".join(["x (um),y (um)", *rows]))
    (task,) = tasks(**imported(tmp_path / "field.csv", 2))
    drive(task)
    label(task.folder, task.root)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] is None
    assert json.loads((task.folder / "labels.json").read_text())["label"] == "square"
