"""Designs by ground state: what is found, what is not, and how they go on."""

from __future__ import annotations

import json

import pytest

from operations.design import ground_state
from operations.design.ground_state import GroundState
from operations.jobs.driver import drive
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file


@pytest.fixture
def designs(tasks, monkeypatch):
    """Function that makes the task of a small design: target, cells, changes."""
    short = {"population": 5, "stagnation": 2, "generations": 4, "hall_of_fame": 4}
    monkeypatch.setattr(ground_state, "SEARCH", short)
    monkeypatch.setattr(ground_state, "SEEDS", 2)

    def make(
        target, cells=(2,), dimensions=2, shape="convex", r_cut=2.4, n=48, particles=None, **method
    ):
        (task,) = tasks(
            system={"dimensions": dimensions} | ({"particles": particles} if particles else {}),
            potential={"form": "designed", "r_cut": r_cut, "shape": shape, "coefficients": n},
            method={"name": "design", "by": "ground_state", "target": target, "cells": list(cells)}
            | {"number_density": 1.0}
            | method,
        )
        return task

    return make


def test_square(designs):
    task = designs("square", (1, 2))
    drive(task)
    found = result(task)
    design = found["design"]
    assert design["verdict"] == "found"
    assert design["ground_state"] == "ground state up to 2 particles a cell"
    assert found["structures"][0]["prototype"] == "square"
    assert design["gap"] > 0.03
    assert design["gap_to_found"] is None or design["gap_to_found"] > 0.01
    assert design["lattice_sum_error"] < 1e-6
    assert design["lowest_frequency_squared"] > 0.0
    assert found["number_density"] == pytest.approx(1.0, rel=1e-5)
    assert table_file(task.root, task.id).exists()
    # the unit of energy
    knots, c = (design["potential"]["A-A"][key] for key in ("knots", "coefficients"))
    u = sum(a * max(k - 1.0, 0.0) ** 2 for k, a in zip(knots[1:], c, strict=True))
    assert u == pytest.approx(1.0)


def test_a_narrow_gap_is_said(designs):
    words = GroundState(designs("square", (1, 2)))._words
    assert words("found", 0.0011) == "ground state up to 2 particles a cell"
    assert words("found", 0.0009) == "ground state up to 2 particles a cell, by less than 0.001"


def test_no_potential_of_the_basis_is_an_answer(designs):
    """Kagome has no convex potential of this range and density; nothing is searched."""
    task = designs("kagome", r_cut=3.0, n=60)
    drive(task)
    design = result(task)["design"]
    assert design["verdict"] == "not found"
    assert design["ground_state"] == "not"
    assert design["gap"] < 0.0
    assert "no convex potential of 60 coefficients up to 3" in design["reason"]
    assert not table_file(task.root, task.id).exists()
    assert result(task)["structures"][0]["prototype"] != "kagome"


def test_updates_that_are_spent_are_undecided_and_can_be_more(designs):
    task = designs("honeycomb", (2, 3), updates=1, n=12)
    drive(task)
    design = result(task)["design"]
    assert design["updates"] == 2
    assert design["verdict"] == "undecided"
    assert not table_file(task.root, task.id).exists()
    assert (task.folder / "design.npz").exists()


def test_what_was_taken_in_is_not_found_again(designs):
    """A competitor is held away at its own density, too."""
    task = designs("rhombic", (2,), updates=8)
    drive(task)
    design = result(task)["design"]
    counts = [line["competitors"] for line in design["history"]]
    assert len(counts) > 2
    assert counts == sorted(set(counts))


@pytest.mark.parametrize("shape", ["monotone", "free"])
def test_other_shapes(designs, shape):
    task = designs("square", (1, 2), shape=shape, n=24)
    drive(task)
    design = result(task)["design"]
    assert design["verdict"] in ("found", "undecided")
    assert design["gap"] > 0.0
    assert design["lattice_sum_error"] < 1e-6


def test_the_target_is_under_no_tension(designs):
    """Without the row for it the widest gap is at a pressure of -3."""
    method = GroundState(designs("kagome", shape="free", r_cut=2.0, n=24))
    state = method.start()
    assert state.gap == pytest.approx(0.5569, abs=1e-3)
    assert method._linear.pressure(state.coefficients) == pytest.approx(0.0, abs=1e-6)


def test_crystals_of_two_types_lie_on_the_hull(designs):
    task = designs("CsCl", (2,), dimensions=3, r_cut=2.0, n=16, particles={"A": 16, "B": 16})
    method = GroundState(task)
    state = method.start()
    linear = method._linear
    assert state.gap > 0.1
    # pure crystals and other mixtures are above the tangent
    listed = linear.lowest_prototypes(state.coefficients)
    assert min(linear.above(one, state.coefficients) for one in listed) > -1e-9
    drive(task)
    found = result(task)
    design = found["design"]
    assert design["verdict"] in ("found", "undecided")
    assert design["lattice_sum_error"] < 1e-6
    assert sorted(design["potential"]) == ["A-A", "A-B", "B-B"]
    assert found["structures"][0]["prototype"] == "CsCl"
    assert all(row["above_target"] > -1e-6 for row in found["structures"])


def test_a_design_that_is_continued_equals_one_that_is_not(designs):
    task = designs("honeycomb", (2, 3), updates=2, n=24)
    drive(task)
    folder, continued = interrupted_at_every_checkpoint(task, GroundState)
    assert without_time(continued) == {
        key: value for key, value in without_time(result(task)).items() if key != "extent"
    }
    for name in ("final.extxyz",):
        assert (folder / name).read_text() == (task.folder / name).read_text()
    assert json.dumps(continued["design"]["history"])
