"""Hills on the landscape of a cell: what is found, and that interruptions change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from operations.jobs.driver import drive
from operations.methods.cell_metadynamics import CellMetadynamics
from tests.operations.interruptions import (
    ended,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)


@pytest.fixture
def searches(tasks):
    def make(n, pressure=0.0, **method):
        return tasks(
            system={"dimensions": 3, "particles": {"A": n}},
            potential={"form": "lennard_jones", "r_cut": 3.0, "r0": None, "epsilon": None},
            method={"name": "cell_metadynamics", "pressure": pressure} | method,
            settings={"engine": "auto"},
        )

    return make


def test_the_slope_of_the_enthalpy_is_its_difference(searches) -> None:
    (task,) = searches(3, pressure=2.0)
    method = CellMetadynamics(task)
    method._anew(state := method.start())
    here, step = state.population[0].configuration, 1e-5
    lean = here.replicate((1, 1, 1))
    lean.box[:] = here.box * [1.1, 0.95, 1.0, 1.0, 1.0, 1.0] + [0, 0, 0, 0.1, 0.05, -0.1]
    lean.positions[:] = here.positions @ np.linalg.inv(here.cell) @ lean.cell
    slope = method._slope(lean)

    def enthalpy(cell):
        one = lean.replicate((1, 1, 1))
        lengths = np.diag(cell)
        one.box[:] = [*lengths, cell[1, 0] / lengths[1], *(cell[2, :2] / lengths[2])]
        one.positions[:] = lean.positions @ np.linalg.inv(lean.cell) @ cell
        return method._pairs.evaluate(one)[0] + 2.0 * one.volume

    for i, j in zip(*np.tril_indices(3), strict=True):
        up = np.zeros((3, 3))
        up[i, j] = step
        known = (enthalpy(lean.cell + up) - enthalpy(lean.cell - up)) / (2.0 * step)
        assert slope[i, j] == pytest.approx(known, rel=1e-4, abs=1e-3)


def test_a_lower_crystal_is_waited_for_anew(searches) -> None:
    (task,) = searches(4, steps=60)
    method = CellMetadynamics(task)
    state = method.step(method.start())
    lowest = state.hall.best.enthalpy
    assert (state.lowest, state.since) == (lowest, 0)
    state.lowest, state.since = lowest + 1.0, 3
    found = method.step(state)
    assert (found.lowest < lowest + 1.0, found.since) == (True, 0)


def test_it_walks_to_close_packing(searches) -> None:
    (task,) = searches(4, steps=60)
    drive(task)
    found = result(task)
    assert found["prototype"] == "hcp"
    assert found["energy_per_particle"] == pytest.approx(-8.308217, abs=1e-5)
    assert any(row["origin"] == "walk" for row in found["structures"])
    assert found["stopped_by"] == "steps"


def test_a_search_cut_at_every_step_equals_an_uninterrupted_one(searches) -> None:
    (task,) = searches(2, steps=8, patience=3)
    _, again = interrupted_at_every_checkpoint(task, CellMetadynamics)
    method = CellMetadynamics(task)
    assert without_time(again) == without_time(method.finish(ended(method)).to_json())
