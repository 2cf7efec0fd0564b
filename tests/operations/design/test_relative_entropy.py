"""Designs by relative entropy: crystals on the fly, and liquids from their trajectories."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

import init
from operations.design import updates
from operations.design.relative_entropy import RelativeEntropy
from operations.engines import ExplodedError
from operations.engines.lammps import Lammps
from operations.interactions.pair_functions import PairFunction
from operations.jobs.driver import Task, drive
from tests.operations.design.liquids import frames, write_extxyz
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.potentials import FORMS

SOFT = {"form": "inverse_power", "n": 8.0, "r_cut": 1.8, "truncation": "force_shift"}


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design: a square lattice."""

    def make(shape="monotone", **method):
        (task,) = tasks(
            system={"particles": {"A": 36}},
            potential={"form": "designed", "r_cut": 2.1, "shape": shape, "coefficients": 14},
            method={"name": "design", "by": "relative_entropy", "target": "square"}
            | {"kT": 1.0, "number_density": 1.0, "equilibration_steps": 200, "steps": 1000}
            | method,
            settings={"engine": "lammps"},
        )
        return task

    return make


def test_the_target_is_the_spread_crystal(design):
    target = RelativeEntropy(design()).target
    g, d = target.grid, target
    counts = d.number_density * g.g * g.shells(2)
    first = counts[g.r < 1.207].sum()
    assert first == pytest.approx(4.0, abs=0.2)  # neighbours of a square lattice
    assert g.g[g.r < 0.5].max() == 0.0
    peak = g.g[np.abs(g.r - 1.0) < 0.1].max()
    # four neighbours on a ring, spread by sqrt(2) 0.09 in the distance
    assert peak == pytest.approx(4 / (2 * np.pi) / np.sqrt(4 * np.pi * 0.09**2), rel=0.1)


@pytest.mark.parametrize("shape", ["monotone", "free", "convex"])
def test_entropy_falls_and_shapes_hold(design, shape):
    task = design(shape, updates=5)
    drive(task)
    found = result(task)["design"]
    lines = found["history"]
    assert [line["step"] for line in lines] == ["start"] + ["relative_entropy"] * 5
    assert lines[-2]["relative_entropy"] < 0.0
    assert all(line["weight_left"] > 0.1 for line in lines[:-1])
    if shape != "free":
        assert all(min(line["coefficients"]) > -1e-9 for line in lines)
    assert found["f_fit"] >= lines[0]["f_fit"]


def test_a_filter_smooths(design):
    target, random = RelativeEntropy(design()).target, np.random.default_rng(3)
    sums = target.sums + random.normal(0.0, 4.0, (300, 14))
    sums -= sums.mean(axis=0) - target.sums
    c = target.start() + random.uniform(0.0, 1.0, 14)
    step, _ = updates.newton(target, sums, c)
    assert step == pytest.approx(np.zeros(14), abs=1e-6)
    step, _ = updates.newton(target, sums, c, 1.0)
    assert step @ target.roughness @ c < -1e-3
    assert (c + step > -1e-9).all()


def test_the_change_of_entropy_is_that_of_gaussian_sums(design):
    """For normal sums: ΔS = δ (S* - <S>)/kT + δ cov δ / 2 kT²."""
    target = RelativeEntropy(design()).target
    random = np.random.default_rng(5)
    sums = target.sums + 0.5 + random.normal(0.0, 0.3, (200_000, 14))
    step = np.linspace(0.2, -0.1, 14)
    expected = (step @ (target.sums - sums.mean(axis=0)) + 0.5 * step @ np.cov(sums.T) @ step) / 36
    assert updates.entropy_change(target, sums, step) == pytest.approx(expected, rel=1e-3)


def test_what_is_said_of_a_halved_step_is_of_the_half(design, monkeypatch):
    def explode(*_):
        raise ExplodedError("boom")

    method = RelativeEntropy(design(updates=3))
    state = method.start()
    while state.update == 0:
        state = method.step(state)
    step, sums = state.coefficients - state.before, state.former
    monkeypatch.setattr(Lammps, "run", explode)
    for part in (1.0, 0.5, 0.25):
        line, left = state.history[-1], updates.weight_left(sums, part * step, 1.0)
        assert line["weight_left"] == pytest.approx(left)
        change = updates.entropy_change(method.target, sums, part * step)
        assert line["relative_entropy"] == pytest.approx(change)
        state = method.step(state)


def test_continued_at_every_chunk(design):
    task = design(updates=2)
    drive(task)
    _, continued = interrupted_at_every_checkpoint(task, RelativeEntropy)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    assert without_time(continued) == whole


@pytest.fixture(scope="module")
def liquid(tmp_path_factory):
    """A folder with the trajectory of a soft mixture."""
    folder = tmp_path_factory.mktemp("liquid")
    potential = SOFT | {"types": {"B": {"sigma": 0.85}}}
    particles = {"A": 44, "B": 20}
    write_extxyz(
        folder / "liquid.xyz", frames(potential, particles, density=0.4, n_frames=150, apart=40)
    )
    return folder


def content_of(**method):
    return {
        "name": "liquid",
        "system": {"dimensions": 3, "particles": {"A": 44, "B": 20}},
        "potential": {"form": "designed", "r_cut": 1.8, "coefficients": 8},
        "method": {
            "name": "design",
            "by": "relative_entropy",
            "trajectory": {"file": "liquid.xyz"},
            "kT": 1.0,
            "number_density": 0.4,
            "steps": 3000,
            "equilibration_steps": 200,
            "updates": 4,
        }
        | method,
        "settings": {"engine": "lammps"},
    }


@pytest.mark.physical_validation
def test_a_mixture_from_its_trajectory(liquid, tmp_path):
    """Each u(r) is known; relative entropy falls from the potentials of mean force on."""
    content = content_of(pressure=1.06)  # by the virial
    (liquid / "c.yaml").write_text(yaml.safe_dump(content))
    assert init.main([str(liquid / "c.yaml"), "--root", str(tmp_path / "root")]) == 0
    (folder,) = (tmp_path / "root" / "workspace").iterdir()
    task = Task.read(folder, tmp_path / "root", content["settings"])
    drive(task)
    found = result(task)["design"]
    assert found["history"][0]["relative_entropy"] < -0.001
    for pair, sigma in (("A-A", 1.0), ("A-B", 0.925), ("B-B", 0.85)):
        exact = PairFunction(FORMS["inverse_power"].model_validate(SOFT | {"sigma": sigma}))
        curve = found["curves"][pair]
        r, u, start = (np.array(curve[key]) for key in ("r", "u", "u_start"))
        near = (r > 1.0) & (r < 1.5)
        off, before = (np.sqrt(np.mean((x - exact.energy(r))[near] ** 2)) for x in (u, start))
        assert off < 0.15
        assert off < before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "bcc"}, "method.target: expected a crystal, or trajectory"),
        ({"spread": 0.1}, "method.spread: has no meaning without target"),
        ({"number_density": 0.41}, "method.number_density: got 0.41; that of liquid.xyz is 0.4"),
        ({"mapping": [{"type": "A", "molecules": 64, "masses": [1.0]}]}, "makes the sites"),
    ],
)
def test_bad_trajectories_are_refused(liquid, tmp_path, capsys, changes, words):
    (liquid / "c.yaml").write_text(yaml.safe_dump(content_of(**changes)))
    assert init.main([str(liquid / "c.yaml"), "--root", str(tmp_path / "root")]) == 1
    assert words in capsys.readouterr().err
