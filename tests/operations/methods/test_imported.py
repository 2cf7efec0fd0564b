"""Configurations from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import init
from analysis.configuration import Configuration
from analysis.prototypes import crystal
from operations.interactions.start import lattice
from operations.jobs import trajectory
from operations.jobs.driver import drive
from operations.results.label import label, label_trajectory


@pytest.fixture
def file(tmp_path: Path) -> Path:
    square = lattice("square", {"A": 100}, 2, 1.0, np.random.default_rng(1))
    trajectory.write(tmp_path / "mine.gsd", [(0, square)])
    return tmp_path / "mine.gsd"


def imported(file: Path, dimensions: int) -> dict:
    return {
        "system": {"dimensions": dimensions, "particles": None},
        "potential": None,
        "method": {"name": "imported", "files": [str(file)]},
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


def test_other_dimensions_are_refused_by_init(tmp_path: Path, file: Path, capsys) -> None:
    data = {
        "name": "other",
        "system": {"dimensions": 3},
        "method": {"name": "imported", "files": [str(file)]},
    }
    campaign = tmp_path / "c.yaml"
    campaign.write_text(json.dumps(data))
    assert init.main([str(campaign), "--root", str(tmp_path / "root")]) == 1
    assert "mine.gsd has 2 dimensions, system.dimensions is 3" in capsys.readouterr().err
    assert not (tmp_path / "root").exists()


def test_a_file_keeps_its_name(tasks, tmp_path: Path) -> None:
    """What is known by the name only is known after the file is kept by its content."""
    (tmp_path / "POSCAR").write_text(
        "fcc\n3.6\n1 0 0\n0 1 0\n0 0 1\nCu\n4\nDirect\n0 0 0\n.5 .5 0\n.5 0 .5\n0 .5 .5\n"
    )
    (task,) = tasks(**imported(tmp_path / "POSCAR", 3))
    (tmp_path / "POSCAR").unlink()
    drive(task)
    assert json.loads((task.folder / "result.json").read_text())["n_particles"] == 4


def test_a_stored_file_that_was_changed_is_a_failure(tasks, file: Path) -> None:
    (task,) = tasks(**imported(file, 2))
    (stored,) = (task.root / "inputs").iterdir()
    stored.write_bytes(stored.read_bytes() + b"\0")
    drive(task)
    failure = json.loads((task.folder / "failed.json").read_text())
    assert failure["retry"] == "input"
    assert f"{stored} was changed: its content has the SHA-256" in failure["reason"]


def test_a_slab_has_no_density(tasks, tmp_path: Path) -> None:
    slab = crystal("sc", 4, 1.0)
    rows = [f"A {x} {y} {z}" for x, y, z in slab.positions]
    head = ["64", 'Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3 pbc="T T F"']
    (tmp_path / "slab.xyz").write_text("\n".join([*head, *rows]))
    (task,) = tasks(**imported(tmp_path / "slab.xyz", 3))
    drive(task)
    assert json.loads((task.folder / "result.json").read_text())["number_density"] is None


def test_all_frames_of_a_movie_are_the_trajectory(tasks, tmp_path: Path) -> None:
    square = lattice("square", {"A": 100}, 2, 1.0, np.random.default_rng(1)).positions
    rng = np.random.default_rng(2)
    rows = [
        f"{t},{x:.3f},{y:.3f}"
        for t, noise in ((0, 0.5), (1, 0.0))
        for x, y, _ in square + rng.normal(0.0, noise, square.shape)
    ]
    (tmp_path / "movie.csv").write_text("\n".join(["frame,x,y", *rows]))
    changes = imported(tmp_path / "movie.csv", 2)
    changes["method"] |= {"frame": "all", "pixel_size": 0.1}
    (task,) = tasks(**changes)
    drive(task)
    assert len(list(trajectory.read(task.folder / "trajectory.gsd"))) == 2
    fractions = label_trajectory(task.folder)["fractions"]
    assert fractions[0].argmax() != fractions[1].argmax()
    final = Configuration.read(task.folder / "final.gsd")
    np.testing.assert_allclose(np.ptp(final.positions[:, 0]), 0.9, atol=1e-3)


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


def test_every_frame_of_a_movie_is_labelled(tasks, tmp_path: Path) -> None:
    """A crystal of 256 particles that orders from the third frame on; columns in pixels."""
    random = np.random.default_rng(1)
    rows = np.arange(16)
    lattice_points = np.array(
        [[14.0 * (i + 0.5 * (j % 2)), 12.124 * j] for j in rows for i in rows]
    )
    lines = ["x,y,frame"]
    for frame, noise in ((10, 7.0), (15, 6.0), (20, 0.6), (25, 0.4)):
        moved = lattice_points + random.normal(0.0, noise, lattice_points.shape)
        lines += [f"{x:.3f},{y:.3f},{frame}" for x, y in moved]
    (tmp_path / "movie.csv").write_text("\n".join(lines))
    campaign = imported(tmp_path / "movie.csv", 2)
    campaign["method"] |= {"frame": "all", "pixel_size": 0.1}
    (task,) = tasks(**campaign)
    drive(task)
    label(task.folder, task.root)
    with np.load(task.folder / "labels_trajectory.npz") as known:
        np.testing.assert_array_equal(known["frame"], [10, 15, 20, 25])
        assert (known["crystalline"][:2] < 0.2).all()
        assert (known["crystalline"][2:] > 0.9).all()
        hexagonal = known["fractions"][:, list(known["phase_names"]).index("hexagonal")]
        np.testing.assert_allclose(known["crystalline"][2:], hexagonal[2:], atol=0.05)
    text = (task.folder / "labels_trajectory.csv").read_text().splitlines()
    assert text[0].startswith("frame,crystalline,fluid,")
    assert [line.split(",")[0] for line in text[1:]] == ["10", "15", "20", "25"]
    assert (task.folder / "labels_trajectory.png").stat().st_size > 5000
    final = Configuration.read(task.folder / "final.gsd")
    assert (final.log["frame"], final.log["unit_in_metres"]) == (25.0, 1e-6)
    assert json.loads((task.folder / "result.json").read_text())["unit_in_metres"] == 1e-6
