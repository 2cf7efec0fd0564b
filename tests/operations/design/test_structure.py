"""Designs by structure: small liquids, what they come to, and how they go on."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

import init
from operations.design import sampled_liquid
from operations.design.pairs import pairs_within
from operations.design.structure import Structure
from operations.engines import ExplodedError
from operations.engines.lammps import Lammps
from operations.jobs.driver import Task, drive
from tests.operations.design.liquids import frames
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file

POTENTIAL = {"form": "inverse_power", "n": 8.0, "r_cut": 1.8, "truncation": "force_shift"}


@pytest.fixture(scope="module")
def distribution():
    """Rows r, g of a soft liquid."""
    edges = np.linspace(0.0, 2.1, 43)
    liquid = frames(POTENTIAL, {"A": 64}, density=0.7, n_frames=60, apart=50)
    counts = sum(0.5 * np.histogram(pairs_within(one, 2.1).r, edges)[0] for one in liquid) / 60
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    g = counts / (0.5 * 63 * 0.7 * shells)
    g[-5:] = 1.0  # of few particles
    return np.column_stack([0.5 * (edges[1:] + edges[:-1]), g])


@pytest.fixture
def design(tmp_path, distribution):
    """Function that makes the task of a small design by structure."""

    def make(**method):
        np.savetxt(tmp_path / "g.txt", distribution)
        content = {
            "name": "by_structure",
            "system": {"dimensions": 3, "particles": {"A": 64}},
            "potential": {"form": "designed", "r_cut": 1.8, "coefficients": 10},
            "method": {
                "name": "design",
                "by": "structure",
                "distribution": {"file": "g.txt"},
                "kT": 1.0,
                "number_density": 0.7,
                "steps": 1000,
                "equilibration_steps": 200,
            }
            | method,
            "settings": {"engine": "lammps"},
        }
        (tmp_path / "campaign.yaml").write_text(yaml.safe_dump(content))
        root = tmp_path / "root"
        assert init.main([str(tmp_path / "campaign.yaml"), "--root", str(root)]) == 0
        (folder,) = (root / "workspace").iterdir()
        return Task.read(folder, root, content["settings"])

    return make


@pytest.mark.parametrize("algorithm", [None, "ibi", "hncgn", "imc"])
def test_g_comes_nearer(design, algorithm):
    task = design(updates=4, **({"algorithm": algorithm} if algorithm else {}))
    drive(task)
    found = result(task)["design"]
    history = found["history"]
    assert found["verdict"] in ("found", "undecided")
    assert table_file(task.root, task.id).exists() == (found["verdict"] == "found")
    assert history[0]["step"] == "start"
    steps = {line["step"] for line in history[1:]}
    if algorithm:
        assert steps <= {algorithm}
    assert found["chi_squared"] <= history[0]["chi_squared"]
    assert found["f_fit"] > 0.93
    assert found["pressure_error"] > 0.0
    curve = found["curves"]["A-A"]
    assert len(curve["u_error"]) == len(curve["u"])
    assert found["steps"] == 1200 * len(history)


def test_a_pressure_is_imposed(design):
    task = design(updates=3, algorithm="hncgn", pressure=6.0)
    drive(task)
    found = result(task)["design"]
    assert found["pressure_of_target"] == pytest.approx(6.0, abs=1e-6) or found["updates"] == 1


def test_continued_at_every_chunk(design, monkeypatch):
    monkeypatch.setattr(Lammps, "chunk_particle_steps", 64 * 300)
    task = design(updates=2)
    drive(task)
    _, continued = interrupted_at_every_checkpoint(task, Structure)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    assert without_time(continued) == whole


def test_an_exploded_trial_halves_the_step_three_times(design, monkeypatch):
    def explode(*_):
        raise ExplodedError("boom")

    task = design(updates=3, algorithm="ibi")
    method = Structure(task)
    state = method.start()
    while state.update == 0:
        state = method.step(state)
    before, after = state.before, state.coefficients
    monkeypatch.setattr(Lammps, "run", explode)
    for k in range(1, 4):
        state = method.step(state)
        assert state.halvings == k
        assert state.coefficients - before == pytest.approx((after - before) / 2**k)
    with pytest.raises(ExplodedError):
        method.step(state)


def test_a_frozen_system_is_no_liquid(design, monkeypatch):
    monkeypatch.setattr(sampled_liquid, "LEAST_MOTION", 1e6)
    task = design(updates=3)
    drive(task)
    found = result(task)["design"]
    assert found["verdict"] == "not found"
    assert "freezes" in found["reason"]
    assert not table_file(task.root, task.id).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kT": None}, "method.kT: missing"),
        ({"r_cut": 2.3}, "potential.r_cut: got 2.3; expected less than 2.2525"),
        ({"r_cut": 2.2}, "method.distribution: g.txt ends at r = 2.075"),
        ({"shape": "convex"}, "potential.shape: got 'convex'; by: structure needs free"),
        ({"algorithm": "ibi", "pressure": 1.0}, "method.pressure: has no meaning with"),
        ({"algorithm": "magic"}, "method.algorithm: got 'magic'"),
    ],
)
def test_bad_input_is_refused(tmp_path, distribution, capsys, changes, words):
    np.savetxt(tmp_path / "g.txt", distribution)
    potential = {"form": "designed", "r_cut": 1.8}
    method = {
        "name": "design",
        "by": "structure",
        "distribution": {"file": "g.txt"},
        "kT": 1.0,
        "number_density": 0.7,
    }
    for key, value in changes.items():
        (potential if key in ("r_cut", "shape") else method)[key] = value
    method = {key: value for key, value in method.items() if value is not None}
    content = {
        "name": "by_structure",
        "system": {"dimensions": 3, "particles": {"A": 64}},
        "potential": potential,
        "method": method,
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(content))
    assert init.main([str(tmp_path / "c.yaml"), "--root", str(tmp_path / "r")]) == 1
    assert words in capsys.readouterr().err
