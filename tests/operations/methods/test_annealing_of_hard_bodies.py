"""Annealing of hard and patchy particles in small cells, as jobs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.jobs.driver import drive
from operations.methods.annealing_of_hard_bodies import FIRST_LENGTHS, HardAnnealing
from operations.search.hard_bodies import make_bodies
from operations.search.hard_monte_carlo import Crystal, energy
from tests.operations import interruptions
from workspace_schema.system import System


def jobs(tasks, blocks, particles, dimensions=3, **method):
    return tasks(
        system={
            "dimensions": dimensions,
            "particles": particles,
            "building_blocks": blocks,
        },
        potential=None,
        method={
            "name": "annealing",
            "dynamics": "mc",
            "kT": {"ramp": [1.0, 1e-5]},
            "pressure": 1.0,
            "chains": 2,
            "sweeps": 2000,
        }
        | method,
        settings={"engine": "auto"},
    )


def result_of(task):
    return json.loads((task.folder / "result.json").read_text())


@pytest.mark.parametrize(
    ("block", "dimensions", "packing"),
    [
        ({"form": "hard_polyhedron", "name": "cube"}, 3, 0.99),
        ({"form": "hard_polygon", "sides": 6, "rounding": 0.05}, 2, 0.97),
        (
            {
                "form": "hard_polygon",
                "vertices": [[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]],
            },
            2,
            0.99,
        ),
        ({"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]], "spacing": 0.5}, 3, 0.7),
    ],
)
def test_bodies_are_packed_and_do_not_overlap(tasks, block, dimensions, packing):
    sweeps = 1200 if dimensions == 3 else 2000
    (task,) = jobs(tasks, {"A": block}, {"A": 1}, dimensions, sweeps=sweeps)
    drive(task)
    result = result_of(task)
    assert packing < result["packing_fraction"] <= 1.0
    assert result["energy_evaluations"] > 0
    found = Configuration.read(task.folder / "final.gsd")
    # what is written, in single precision and another box, is what was found
    system = System.model_validate(task.statepoint["system"])
    s = found.positions @ np.linalg.inv(found.cell)
    q = np.ascontiguousarray(found.orientations)
    for scale, overlaps in ((1.001, False), (0.98, True)):
        cell = found.cell.copy()
        cell[:dimensions, :dimensions] *= scale
        crystal = Crystal(found.types, s, q, cell, dimensions)
        value = energy(make_bodies(system.building_blocks, dimensions), crystal)
        assert np.isinf(value) == overlaps


def test_an_interrupted_run_equals_an_uninterrupted_one(tasks, monkeypatch):
    blocks = {
        "A": {"form": "hard_polyhedron", "name": "octahedron"},
        "B": {"form": "hard_sphere", "diameter": 0.5},
    }
    (task,) = jobs(tasks, blocks, {"A": 1, "B": 2}, chains=3, sweeps=300, cycles=2)
    drive(task)
    monkeypatch.setattr(HardAnnealing, "chunk", 2000)
    folder, result = interruptions.interrupted_at_every_checkpoint(task, HardAnnealing)
    whole = result_of(task)
    for key in ("packing_fraction", "energy_evaluations", "outcomes", "evaluations_to_best"):
        assert result[key] == whole[key]
    assert result["outcomes"] == {"compressed": 6}
    one = Configuration.read(task.folder / "final.gsd")
    other = Configuration.read(folder / "final.gsd")
    assert np.array_equal(one.orientations, other.orientations)
    assert one.type_shapes == other.type_shapes


def test_layers_slide_past_each_other(tasks):
    """Simple cubic, 0.9665, truncated cubes become denser only so."""
    (task,) = jobs(
        tasks, {"A": {"form": "hard_polyhedron", "name": "truncated_cube"}}, {"A": 1}, sweeps=20_000
    )
    drive(task)
    assert 0.973 < result_of(task)["packing_fraction"] < 9 / (5 + 3 * np.sqrt(2)) + 1e-6


def test_a_checkpoint_without_slides_is_gone_on_with(tasks, tmp_path):
    cube = {"form": "hard_polyhedron", "name": "cube"}
    (task,) = jobs(tasks, {"A": cube}, {"A": 1}, sweeps=100_000)
    method = HardAnnealing(task)
    state = method.step(method.start())
    lengths = state.current.arrays["lengths"]
    state.current.arrays["lengths"] = lengths[:3]
    method.save(state, tmp_path / "checkpoint.npz")
    read = method.load(tmp_path / "checkpoint.npz").current.arrays["lengths"]
    assert np.array_equal(read[:3], lengths[:3])
    assert read[3] == pytest.approx(FIRST_LENGTHS[3] * np.sqrt(3.0))


def test_patchy_particles_bind_as_often_as_their_patches_allow(tasks):
    """Two opposite patches: chains, with one bond of ε a particle."""
    patch = {"directions": "poles", "half_angle": 0.3, "range": 1.2, "epsilon": 2.0}
    (task,) = jobs(
        tasks,
        {"A": {"form": "kern_frenkel", "patches": {"P": patch}}},
        {"A": 2},
        kT={"ramp": [1.0, 0.02]},
        pressure=0.05,
        chains=4,
    )
    drive(task)
    assert result_of(task)["energy_per_particle"] == pytest.approx(-2.0)


def test_hard_particles_need_a_pressure_and_small_cells(tmp_path, capsys):
    import yaml

    import init

    campaign = {
        "name": "x",
        "system": {
            "dimensions": 3,
            "particles": {"A": 1},
            "building_blocks": {"A": {"form": "hard_sphere"}},
        },
        "method": {"name": "annealing", "dynamics": "mc", "pressure": 0.0},
    }
    file = tmp_path / "campaign.yaml"
    for change, message in (
        ({}, "expected more than 0"),
        ({"pressure": 1.0, "dynamics": "md", "number_density": 0.1}, "expected mc"),
    ):
        method = campaign["method"] | change
        if method["dynamics"] == "md":
            del method["pressure"]
        file.write_text(yaml.safe_dump(campaign | {"method": method}))
        assert init.main([str(file), "--root", str(tmp_path / "root")]) == 1
        assert message in capsys.readouterr().err
