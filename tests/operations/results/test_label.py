"""Labelling jobs, again with another model, and along a trajectory."""

from __future__ import annotations

import json

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest

import init
from analysis.formats import read_configuration
from analysis.labelling import Labels
from analysis.learning.forest import Forest, random_forest
from analysis.prototypes import crystal, prototype
from analysis.prototypes.defects import with_noise
from operations.jobs import attempts, driver
from operations.jobs.document import project_document
from operations.jobs.files import write_product
from operations.jobs.seal import broken, sealed
from operations.results.aggregate import aggregate
from operations.results.label import changed, label, label_trajectory, relabel
from tests.campaign_files import write


@pytest.fixture
def job(tmp_path):
    """A finished job with a square crystal as the answer, melted at the start of its trajectory."""
    folder = tmp_path / "workspace" / ("a" * 32)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    perfect = crystal("square", 16, 1.0)
    with gsd.hoomd.open(str(folder / "final.gsd"), "w") as file:
        file.append(with_noise(perfect, 0.04, rng).to_frame(300))
    with gsd.hoomd.open(str(folder / "trajectory.gsd"), "w") as file:
        for step, noise in ((100, 1.0), (200, 0.05), (300, 0.04)):
            file.append(with_noise(perfect, noise, rng).to_frame(step))
    write_product(folder / "result.json", {"n_particles": 256})
    return folder


def age(folder, **fields):
    """Make the labels those of another model."""
    content = json.loads((folder / "labels.json").read_text()) | {"model_hash": "old"} | fields
    (folder / "labels.json").write_text(json.dumps(content))


def test_old_labels_are_kept(job):
    root = job.parent.parent
    assert label(job, root).new == "square"
    age(job, label="fluid", confidence=0.5)
    (change,), n_failed = relabel(root)
    assert n_failed == 0
    assert (change.old, change.new) == ("fluid", "square")
    assert json.loads((job / "labels.old.json").read_text())["label"] == "fluid"
    assert (job / "labels.old.npz").exists()
    assert Labels.load(job).label == "square"
    text = changed([change])
    assert "1 jobs labelled again, 1 have another label" in text
    assert "1  fluid -> square" in text
    assert "a" * 32 in text


def test_an_unknown_crystal_is_named_by_its_cell(job):
    """CaCu5 with thermal motion: no class of the judge."""
    whole = prototype("CaCu5").cell().replicate((5, 4, 5))
    unit = whole.number_density ** (-1 / 3)
    moving = with_noise(whole, 0.05 * unit, np.random.default_rng(1))
    with gsd.hoomd.open(str(job / "final.gsd"), "w") as file:
        file.append(moving.to_frame(300))
    (job / "trajectory.gsd").unlink()
    assert label(job, job.parent.parent).new == "CaCu5"
    content = json.loads((job / "labels.json").read_text())
    assert content["crystal"]["space_group"] == "P6/mmm"
    assert [one.split()[1] for one in content["crystal"]["wyckoff"]] == ["1a", "2c", "3g"]
    mean = read_configuration(job / "unit_cell.cif", 3)
    assert mean.n_particles == 6
    assert mean.number_density == pytest.approx(whole.number_density, rel=0.01)


def test_a_campaign_names_its_labeller(job):
    root = job.parent.parent
    assert label(job, root).new == "square"
    examples = {
        f"my {name}": [with_noise(crystal(name, 10, 1.0), 0.05, np.random.default_rng(1))]
        for name in ("square", "hexagonal")
    }
    (root / "labellers").mkdir()
    random_forest(examples, trees=30).save(root / "labellers" / "forest.npz")
    document = {"settings": {"labeller": "forest"}}
    (root / "signac_project_document.json").write_text(json.dumps(document))
    project_document.cache_clear()
    (change,), n_failed = relabel(root, trajectories=True)
    assert (n_failed, change.old, change.new) == (0, "square", "my square")
    content = json.loads((job / "labels.json").read_text())
    forest = Forest.load(root / "labellers" / "forest.npz")
    assert (content["model"], content["model_hash"]) == ("forest-1", forest.hash)
    with np.load(job / "labels_trajectory.npz") as saved:
        assert list(saved["phase_names"]) == ["my square", "my hexagonal", "unknown"]


def test_a_campaign_is_labelled_by_three_models_from_its_file_alone(job):
    root = job.parent.parent
    own = {"square": "prototype", "hexagonal": "prototype"}
    found = {}
    for labels in (
        {"model": "production"},
        {"model": "forest", "train": own},
        {"model": "learned", "train": own},
        {"model": "learned", "head": "denoise", "train": own},
    ):
        document = {"settings": {"labels": labels}}
        (root / "signac_project_document.json").write_text(json.dumps(document))
        project_document.cache_clear()
        assert label(job, root).new == "square"
        model = json.loads((job / "labels.json").read_text())["model"]
        found[model] = len(list((root / "labellers").glob("*.npz")))
    # one file for both heads, trained once
    assert found == {
        "two_dimensional-8": 0,
        "forest-1": 1,
        "learned-1 classify": 2,
        "learned-1+two_dimensional-8": 2,
    }


def test_a_labeller_that_cannot_label_one_job_fails_it_with_one_line(job):
    root = job.parent.parent
    document = {"settings": {"labeller": "clusters"}}
    (root / "signac_project_document.json").write_text(json.dumps(document))
    project_document.cache_clear()
    assert label(job, root) is None
    assert (
        "'clusters' cannot label one job: it finds its classes" in attempts.read(job)[-1]["reason"]
    )
    assert not (job / "labels.json").exists()


def test_a_phase_that_only_some_frames_have(job):
    """Phases of two types are columns of the frames that have them."""
    rng = np.random.default_rng(2)
    salt = crystal("NaCl", 4, 1.0)
    with gsd.hoomd.open(str(job / "trajectory.gsd"), "w") as file:
        for step, noise in ((100, 1.0), (200, 0.03)):
            file.append(with_noise(salt, noise, rng).to_frame(step))
    content = label_trajectory(job)
    names = list(content["phase_names"])
    assert content["fractions"].shape == (2, len(names))
    np.testing.assert_allclose(content["fractions"].sum(axis=1), 1.0)
    assert content["fractions"][0, names.index("NaCl")] == 0.0
    assert content["fractions"][1, names.index("NaCl")] > 0.9


def test_the_same_model_again_changes_nothing(job):
    root = job.parent.parent
    label(job, root)
    (change,), n_failed = relabel(root)
    assert n_failed == 0
    assert change.old == change.new
    assert [path.name for path in job.glob("labels*")].count("labels.json") == 1
    assert not list(job.glob("labels.*.json"))
    assert "0 have another label" in changed([change])


def test_a_job_that_fails_is_recorded_and_does_not_stop_the_others(job):
    root = job.parent.parent
    label(job, root)
    other = root / "workspace" / ("b" * 32)
    other.mkdir()
    (other / "final.gsd").write_bytes(b"no gsd")
    (other / "labels.json").write_text("{}")
    (other / "result.json").write_text("{}")
    changes, n_failed = relabel(root)
    assert [change.job_id for change in changes] == [job.name]
    assert n_failed == 1
    assert init.main(["--relabel", "--root", str(root)]) == 1
    assert "final.gsd: Not a GSD file" in attempts.read(other)[-1]["reason"]


def test_along_the_trajectory(job):
    content = label_trajectory(job)
    with np.load(job / "labels_trajectory.npz") as saved:
        np.testing.assert_array_equal(saved["step"], [100, 200, 300])
        np.testing.assert_allclose(saved["fractions"].sum(axis=1), 1.0)
        square = saved["fractions"][:, list(saved["phase_names"]).index("square")]
    assert square[0] < 0.1
    assert (square[1:] > 0.95).all()
    assert str(content["model_hash"])


def test_one_command(job, capsys):
    root = job.parent.parent
    label(job, root)
    age(job)
    assert init.main(["--relabel", "--trajectories", "--root", str(root)]) == 0
    assert "1 jobs labelled again, 0 have another label" in capsys.readouterr().out
    assert (job / "labels.old.json").exists()
    assert (job / "labels_trajectory.npz").exists()


def test_a_configuration_of_a_sister_is_not_labelled(job):
    """What stands in the job folder is not what its result was written with."""
    root = job.parent.parent
    write_product(job / "result.json", sealed({"n_particles": 256}, job, ("final.gsd",)))
    assert label(job, root).new == "square"
    content = (job / "final.gsd").read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 4
    (job / "final.gsd").write_bytes(flipped)
    assert label(job, root) is None
    reason = json.loads((job / "failed.json").read_text())["reason"]
    assert "result.json was written with another final.gsd" in reason
    assert "init.py --retry" in reason


def test_labels_are_sealed(job):
    root = job.parent.parent
    label(job, root)
    content = json.loads((job / "labels.json").read_text())
    assert broken(content, job) == ""
    assert set(content["sha256"]) == {"final.gsd", "labels.npz"}
    with gsd.hoomd.open(str(job / "labelled.gsd")) as file:  # for viewers that colour by type
        assert content["label"] in file[0].particles.types
    (job / "labels.npz").write_bytes(b"x")
    assert broken(content, job) == "was written with another labels.npz"


def test_a_model_hash_is_no_path(job):
    root = job.parent.parent
    label(job, root)
    (root / "elsewhere").mkdir()
    age(job, model_hash="/../../../elsewhere/x")
    relabel(root)
    assert not list((root / "elsewhere").iterdir())
    assert (job / "labels._.._.._.._elsewhere_x.json").exists()


def test_a_linked_job_folder_is_not_written_to(job, tmp_path, capfd):
    outside = tmp_path / "outside"
    job.rename(outside)
    job.symlink_to(outside)
    before = sorted(outside.iterdir())
    assert label(job, tmp_path) is None
    assert "a link, which is not followed" in capfd.readouterr().err
    assert sorted(outside.iterdir()) == before


def test_a_depletant_stops_no_results(tmp_path, capfd):
    """A type whose shape has no corners, as HOOMD-blue's spheropolyhedra write a sphere."""
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    corners = [[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    cube = {"type": "ConvexPolyhedron", "rounding_radius": 0.0, "vertices": corners}
    depletants = {
        "good": {"type": "Sphere", "diameter": 0.1},
        "none": cube | {"rounding_radius": 0.05, "vertices": []},
        "one": cube | {"rounding_radius": 0.05, "vertices": [[0, 0, 0]]},
        "two": cube | {"rounding_radius": 0.05, "vertices": [[0, 0, 0], [0, 0, 1]]},
    }
    for name, depletant in depletants.items():
        frame = gsd.hoomd.Frame()
        frame.particles.N, frame.particles.position = 27, grid * 1.2 - 1.2
        frame.configuration.box = [3.6, 3.6, 3.6, 0, 0, 0]
        frame.particles.types = ["cube", "depletant"]
        frame.particles.typeid = [0] * 27
        frame.particles.orientation = [[1, 0, 0, 0]] * 27
        frame.particles.type_shapes = [cube, depletant]
        with gsd.hoomd.open(str(tmp_path / f"{name}.gsd"), "w") as file:
            file.append(frame)
    method = {"name": "imported", "files": ["*.gsd"]}
    file = write(tmp_path / "c.yaml", {"name": "x", "system": {"dimensions": 3}, "method": method})
    root = tmp_path / "root"
    assert init.main([str(file), "--root", str(root)]) == 0
    for folder in sorted((root / "workspace").iterdir()):
        driver.run(folder, root, {"engine": "auto"}, "imported")
        label(folder, root)
    aggregate(root, "x", [])
    said = capfd.readouterr().err
    assert "failed" not in said, said
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert list(table["label"]) == ["sc"] * 4
    assert (root / "results" / "phase_diagram.html").read_text().count("data:image/png") >= 3
    assert (root / "results" / "atlas.json").exists()


@pytest.mark.parametrize("torn", ['{"n_par', "[]", ""])
def test_a_torn_result_is_not_labelled(job, torn: str) -> None:
    (job / "result.json").write_text(torn)
    assert label(job, job.parent.parent) is None
    assert not (job / "labels.json").exists()


def test_labels_without_a_result_are_not_made_again(job) -> None:
    root = job.parent.parent
    label(job, root)
    (job / "result.json").unlink()
    assert relabel(root) == ([], 0)
