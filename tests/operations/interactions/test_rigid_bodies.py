"""Rigid bodies in method `forward`, as a job; their moments of inertia and starts."""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import pytest
import rowan

import init
from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.engines.hoomd_bodies import HoomdBodies
from operations.interactions.pair_functions import PairFunction
from operations.interactions.rigid_bodies import (
    Body,
    clearance,
    random_bodies,
    rigid_bodies,
    thermalise,
)
from operations.jobs.driver import drive
from operations.methods.forward import Forward
from tests.conftest import SMALL, merge
from workspace_schema.campaign import read_campaign
from workspace_schema.errors import CampaignError
from workspace_schema.methods.registry import only_hoomd
from workspace_schema.potentials import FORMS
from workspace_schema.system import System

ROD: dict[str, Any] = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}
DUMBBELLS: dict[str, Any] = {
    "system": {"dimensions": 2, "particles": {"A": 64}, "building_blocks": {"A": ROD}},
    "potential": {"form": "lennard_jones", "epsilon": 1.0, "r_cut": 2.0},
    "method": {
        "ensemble": "npt",
        "pressure": 1.0,
        "number_density": 0.1,
        "kT": {"ramp": [1.5, 0.8]},
        "equilibration_steps": 300,
        "steps": 600,
        "production_steps": 300,
    },
    "settings": {"engine": "auto", "log_period": 20, "frames": 4},
}


def shape(points, dimensions=3):
    centred = np.array(points, dtype=float)
    centred -= centred.mean(axis=0)
    return Shape("sphere_union", dimensions, centred, 0.0, (0.5,) * len(points))


def test_principal_axes_give_the_tensor_of_inertia_of_the_sites() -> None:
    form = shape([[0, 0, 0], [1, 0.3, 0.2], [0.1, 0.8, -0.5], [-0.4, 0.2, 0.9]])
    body = Body.of(form)
    assert body.mass == 4.0
    assert rowan.rotate(body.axes, body.sites) == pytest.approx(form.points)
    tensor = sum((p @ p) * np.eye(3) - np.outer(p, p) for p in body.sites)
    assert tensor == pytest.approx(np.diag(body.inertia), abs=1e-12)
    assert np.linalg.norm(body.axes) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("points", "dimensions", "inertia"),
    [
        ([[0, 0, 0], [2, 0, 0]], 3, [0, 2, 2]),
        ([[0, 0, 0], [0, 2, 0]], 2, [0, 0, 2]),
        ([[0, 0, 0], [1, 1, 1]], 3, [0, 1.5, 1.5]),
        ([[1, 2, 3]], 3, [0, 0, 0]),
    ],
)
def test_rows_turn_around_two_axes_and_bodies_in_the_plane_around_one(points, dimensions, inertia):
    body = Body.of(shape(points, dimensions))
    assert sorted(body.inertia) == pytest.approx(sorted(inertia))
    assert np.count_nonzero(body.inertia) == np.count_nonzero(inertia)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_starts_have_no_overlaps_and_exactly_their_temperature(dimensions) -> None:
    blocks = {"A": ROD | {"spacing": 1.5}}
    counts = {"A": 50, "B": 11}
    system = System.model_validate(
        {"dimensions": dimensions, "particles": counts, "building_blocks": blocks}
    )
    functions = dict.fromkeys([(0, 0), (0, 1), (1, 1)], PairFunction(FORMS["wca"]()))
    bodies, random = rigid_bodies(system), np.random.default_rng(1)
    density = {2: 0.13, 3: 0.05}[dimensions]
    start = random_bodies(bodies, counts, density, clearance(bodies, functions, 1.0), random)
    assert start.number_density == pytest.approx(density)
    thermalise(start, bodies, 0.7, random)
    owner, sites = [], []
    for k, (q, t) in enumerate(zip(start.orientations, start.types, strict=True)):
        points = bodies["AB"[t]].shape.points
        owner += [k] * len(points)
        sites.append(start.positions[k] + rowan.rotate(q, points))
    everything = np.concatenate(sites)
    between = everything[:, None] - everything[None]
    size = start.box[:dimensions]
    between[..., :dimensions] -= size * np.round(between[..., :dimensions] / size)
    distance = np.linalg.norm(between, axis=-1)
    distance[np.equal.outer(owner, owner)] = np.inf
    assert distance.min() > 0.9
    masses = np.where(start.types == 0, 2.0, 1.0)[:, None]
    assert (masses * start.velocities).sum(axis=0) == pytest.approx(0.0, abs=1e-12)
    moving = (masses * start.velocities**2).sum() / (dimensions * 60)
    inner = 0.5 * rowan.multiply(rowan.conjugate(start.orientations), start.angular_momenta)
    a = start.types == 0
    turning = (inner[a, 1:] ** 2).sum() / 1.125 / (50 * (dimensions - 1))
    assert (moving, turning) == pytest.approx((0.7, 0.7))
    assert inner[:, 0] == pytest.approx(0.0, abs=1e-12)
    if dimensions == 2:
        assert inner[:, :3] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.hoomd
def test_a_run_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    begin = HoomdBodies.__init__

    def short_chunks(self, *words, **named):
        begin(self, *words, **named)
        self.chunk_particle_steps = 64 * 150

    monkeypatch.setattr(HoomdBodies, "__init__", short_chunks)
    (task,) = tasks(**DUMBBELLS)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert (result["engine"], result["n_particles"], result["steps"]) == ("hoomd", 64, 1200)
    whole = Configuration.read(task.folder / "final.gsd")
    assert whole.n_particles == 64
    assert whole.type_shapes[0]["type"] == "SphereUnion"
    assert np.linalg.norm(whole.orientations, axis=1) == pytest.approx(1.0, abs=1e-6)
    with np.load(task.folder / "thermo.npz") as thermo:
        expected = {key: thermo[key] for key in thermo.files if key != "wall_seconds"}
    assert expected["number_density"][-1] != pytest.approx(0.1, rel=0.01)
    # again, every chunk in a new object from a checkpoint
    for file in ("result.json", "final.gsd"):
        (task.folder / file).unlink()
    checkpoint = task.folder / "again.npz"
    method = Forward(task)
    state, chunks = method.start(), 0
    while not method.finished(state):
        state, chunks = method.step(state), chunks + 1
        method.save(state, checkpoint)
        method = Forward(task)
        state = method.load(checkpoint)
    method.finish(state)
    again = Configuration.read(task.folder / "final.gsd")
    assert chunks > 10  # those of the compression, and 8 of the run
    for key in ("positions", "orientations", "velocities", "angular_momenta"):
        assert np.array_equal(getattr(whole, key), getattr(again, key)), key
    with np.load(task.folder / "thermo.npz") as thermo:
        for key, values in expected.items():
            assert np.array_equal(thermo[key], values), key


@pytest.mark.hoomd
def test_a_finished_run_is_lengthened_and_its_end_is_a_start(tasks, tmp_path) -> None:
    (task,) = tasks(**DUMBBELLS)
    drive(task)
    before = Configuration.read(task.folder / "final.gsd")
    (task,) = tasks(**merge(DUMBBELLS, {"method": {"production_steps": 600}}))
    begun = Forward(task).start()
    assert begun.step == 1200
    assert rowan.geometry.sym_distance(
        begun.engine["orientation"], before.orientations
    ) == pytest.approx(0.0, abs=1e-6)
    assert np.abs(begun.engine["angmom"]).max() > 0.1
    drive(task)
    assert json.loads((task.folder / "result.json").read_text())["steps"] == 1500

    shutil.copy(task.folder / "final.gsd", tmp_path / "end.gsd")
    changes = merge(DUMBBELLS, {"method": {"start": {"file": "end.gsd"}}})
    changes["method"]["number_density"] = None
    (other,) = tasks(root="another", **changes)
    started = Forward(other).start()
    after = Configuration.read(task.folder / "final.gsd")
    assert started.engine["position"] == pytest.approx(after.positions)
    assert started.engine["orientation"] == pytest.approx(after.orientations)


@pytest.mark.hoomd
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"method": {"number_density": 0.5}}, "rigid bodies that turn overlap at the start"),
        (
            {"system": {"particles": {"A": 4}}, "method": {"number_density": 0.2}},
            "take more particles",
        ),
    ],
)
def test_what_cannot_run_fails_with_its_reason(tasks, changes, reason) -> None:
    (task,) = tasks(**merge(DUMBBELLS, changes))
    drive(task)
    assert reason in json.loads((task.folder / "failed.json").read_text())["reason"]


@pytest.mark.hoomd
def test_labels_know_the_orientations(tasks) -> None:
    from operations.results.label import label

    (task,) = tasks(**DUMBBELLS)
    drive(task)
    label(task.folder, task.root)
    labels = json.loads((task.folder / "labels.json").read_text())
    assert 0.0 < labels["orientational_order"]["overall"] < 1.0


def test_jobs_for_hoomd_only_have_a_mark_and_wait_without_it(campaign, monkeypatch) -> None:
    from operations.jobs import eligibility

    root = campaign(**DUMBBELLS)
    (folder,) = (root / "workspace").iterdir()
    names = {file.name for file in folder.iterdir()}
    assert {".forward", ".hoomd"} <= names
    monkeypatch.setattr(eligibility, "hoomd_installed", lambda: False)
    assert eligibility.waits_for_hoomd(names)
    assert eligibility.next_operation(names, {}) is None
    monkeypatch.setattr(eligibility, "hoomd_installed", lambda: True)
    assert eligibility.next_operation(names, {}) == ("simulate", False)
    # a mark that is missing is made
    (folder / ".hoomd").unlink()
    assert init.main([str(root.parent / "campaign.yaml"), "--root", str(root)]) == 0
    assert (folder / ".hoomd").exists()
    (points,) = (campaign(root="points") / "workspace").iterdir()
    assert not (points / ".hoomd").exists()


def test_only_hoomd_follows_from_method_and_blocks() -> None:
    def point(method, **blocks):
        return {"method": {"name": method}, "system": {"building_blocks": blocks}}

    assert only_hoomd(point("forward", A=ROD))
    assert only_hoomd(point("monte_carlo", A={"form": "hard_sphere"}))
    assert not only_hoomd(point("basin_hopping", A=ROD))
    assert not only_hoomd({"method": {"name": "forward"}, "system": {}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"potential": None}, "potential is missing"),
        ({"method": {"cell": "flexible"}}, "isotropic cell only"),
        (
            {"system": {"building_blocks": {"A": {"form": "hard_sphere", "centers": None}}}},
            "cannot treat hard_sphere",
        ),
        (
            {
                "system": {"boundary": "open"},
                "method": {"ensemble": "nvt", "pressure": None},
            },
            "needs a box",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(tmp_path, changes, message) -> None:
    import yaml

    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(merge(merge(SMALL, DUMBBELLS), changes)))
    with pytest.raises(CampaignError, match=message):
        read_campaign(file)
