"""Designs by structure: small liquids, what they come to, and how they go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

import init
from analysis.configuration import Configuration
from operations.design import sampled_liquid
from operations.design.pairs import by_types, pairs_within
from operations.design.sampled_liquid import no_liquid
from operations.design.structure import Structure
from operations.engines import ExplodedError
from operations.engines.lammps import Lammps
from operations.interactions.pair_functions import PairFunction
from operations.jobs.driver import Task, drive
from tests.operations.design.liquids import frames
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file
from workspace_schema.potentials import FORMS

POTENTIAL = {"form": "inverse_power", "n": 8.0, "r_cut": 1.8, "truncation": "force_shift"}


@pytest.fixture(scope="module")
def distribution():
    """Rows r, g of a soft liquid."""
    liquid = frames(POTENTIAL, {"A": 64}, density=0.7, n_frames=60, apart=50)
    return rows_of(liquid, "A-A", 0.5 * 64 * 64)


def rows_of(liquid, pair, n_pairs):
    """Rows r, g of a pair of types."""
    edges = np.linspace(0.0, 2.1, 43)
    counts = np.zeros(42)
    for one in liquid:
        pairs = pairs_within(one, 2.1)
        chosen = dict(by_types(one, pairs, one.type_names))[pair]
        counts += 0.5 * np.histogram(pairs.r[chosen], edges)[0] / len(liquid)
    shells = 4 / 3 * np.pi * np.diff(edges**3) / liquid[0].volume
    g = counts / (n_pairs * shells)
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
    steps = [line["step"] for line in history[1:]]
    if algorithm:
        assert steps
        assert set(steps) == {algorithm}
    else:
        assert steps[:1] == ["ibi"]
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
    assert found["updates"] > 1
    assert found["pressure_of_target"] == pytest.approx(6.0, abs=1e-6)


@pytest.mark.physical_validation
def test_a_mixture_has_a_target_for_each_pair(tmp_path):
    """Each u(r) is known; so is the pressure, by the virial."""
    potential = POTENTIAL | {"types": {"B": {"sigma": 0.85}}}
    particles = {"A": 44, "B": 20}
    liquid = frames(potential, particles, density=0.4, n_frames=200, apart=40)
    numbers = {"A-A": 0.5 * 44**2, "A-B": 44 * 20, "B-B": 0.5 * 20**2}
    exact = {
        pair: PairFunction(FORMS["inverse_power"].model_validate(POTENTIAL | {"sigma": sigma}))
        for pair, sigma in (("A-A", 1.0), ("A-B", 0.925), ("B-B", 0.85))
    }
    virial = 0.0
    for one in liquid:
        pairs = pairs_within(one, 1.8)
        for pair, chosen in by_types(one, pairs, one.type_names):
            virial += 0.5 * float(pairs.r[chosen] @ exact[pair].force(pairs.r[chosen]))
    pressure = 0.4 + virial / (len(liquid) * 3.0 * liquid[0].volume)
    for pair, number in numbers.items():
        np.savetxt(tmp_path / f"{pair}.txt", rows_of(liquid, pair, number))
    content = {
        "name": "mixture",
        "system": {"dimensions": 3, "particles": particles},
        "potential": {"form": "designed", "r_cut": 1.8, "coefficients": 8},
        "method": {
            "name": "design",
            "by": "structure",
            "distribution": {pair: {"file": f"{pair}.txt"} for pair in numbers},
            "kT": 1.0,
            "number_density": 0.4,
            "pressure": pressure,
            "algorithm": "hncgn",
            "steps": 3000,
            "equilibration_steps": 200,
            "updates": 3,
        },
        "settings": {"engine": "lammps"},
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(content))
    assert init.main([str(tmp_path / "c.yaml"), "--root", str(tmp_path / "root")]) == 0
    (folder,) = (tmp_path / "root" / "workspace").iterdir()
    task = Task.read(folder, tmp_path / "root", content["settings"])
    drive(task)
    found = result(task)["design"]
    assert sorted(found["potential"]) == sorted(numbers)
    assert found["f_fit"] > 0.95
    assert found["f_fit"] > found["history"][0]["f_fit"]
    assert found["pressure"] == pytest.approx(pressure, abs=0.1)
    for pair in numbers:
        curve = found["curves"][pair]
        r, u, start = (np.array(curve[key]) for key in ("r", "u", "u_start"))
        near = (r > 1.0) & (r < 1.5)
        off, before = (
            np.sqrt(np.mean((one - exact[pair].energy(r))[near] ** 2)) for one in (u, start)
        )
        assert off < 0.15
        assert off < 0.5 * before


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


def test_a_checkpoint_of_another_count_of_pairs_is_refused(design):
    method = Structure(design(updates=1))
    state, file = method.start(), method._task.folder / "checkpoint.npz"
    method.save(state, file)
    assert method.load(file).former.size == 0
    state.pairs = ""
    method.save(state, file)
    with pytest.raises(ValueError, match=r"an earlier release wrote checkpoint\.npz"):
        method.load(file)


def test_types_that_part_are_no_liquid_of_one_phase():
    """Of one density throughout: only counts of each type tell."""
    random = np.random.default_rng(2)
    box, n = np.array([10.0, 10.0, 10.0, 0.0, 0.0, 0.0]), 1000
    first, last = (
        Configuration(positions, box, 3, np.zeros(n, int), ("A",), images=np.zeros((n, 3), int))
        for positions in random.uniform(-5.0, 5.0, (2, n, 3))
    )
    mixed = np.arange(n) % 2
    apart = (last.positions[:, 0] > 0.0).astype(int)
    for types, said in ((mixed, ""), (apart, "the system separates into two phases")):
        one, other = (replace(x, types=types, type_names=("A", "B")) for x in (first, last))
        assert no_liquid(one, other) == said


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
        (
            {"distribution": {"A-A": {"file": "g.txt"}}},
            "method.distribution: expected {file: PATH} for the only type",
        ),
        (
            {"particles": {"A": 40, "B": 24}},
            "method.distribution: expected a file for each of A-A, A-B, B-B",
        ),
        (
            {
                "particles": {"A": 40, "B": 24},
                "distribution": {key: {"file": "g.txt"} for key in ("A-A", "A-B", "B-A", "B-B")},
            },
            "A-B and B-A are one pair",
        ),
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
    particles = method.pop("particles", {"A": 64})
    method = {key: value for key, value in method.items() if value is not None}
    content = {
        "name": "by_structure",
        "system": {"dimensions": 3, "particles": particles},
        "potential": potential,
        "method": method,
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(content))
    assert init.main([str(tmp_path / "c.yaml"), "--root", str(tmp_path / "r")]) == 1
    assert words in capsys.readouterr().err
