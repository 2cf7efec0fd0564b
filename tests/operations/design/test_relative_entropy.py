"""Designs by relative entropy: crystals on the fly."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design import updates
from operations.design.relative_entropy import RelativeEntropy
from operations.jobs.driver import drive
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design: a square lattice."""

    def make(shape="monotone", **method):
        (task,) = tasks(
            system={"particles": {"A": 36}},
            potential={"form": "designed", "r_cut": 2.1, "shape": shape, "coefficients": 14}
            | {"epsilon": None, "r0": None},
            method={"name": "design", "by": "relative_entropy", "target": "square"}
            | {"kT": 1.0, "number_density": 1.0, "equilibration_steps": 200, "steps": 1000}
            | method,
            settings={"engine": "lammps"},
        )
        return task

    return make


def test_the_target_is_the_spread_crystal(design):
    target = RelativeEntropy(design()).target
    g, d = target.distribution, target
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
    step, _ = updates.relative_entropy(target, sums, c, 0.0)
    assert step == pytest.approx(np.zeros(14), abs=1e-6)
    step, _ = updates.relative_entropy(target, sums, c, 1.0)
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


def test_continued_at_every_chunk(design):
    task = design(updates=2)
    drive(task)
    _, continued = interrupted_at_every_checkpoint(task, RelativeEntropy)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    assert without_time(continued) == whole
