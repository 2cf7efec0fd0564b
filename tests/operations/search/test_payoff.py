"""Strategies are drawn by what they pay, and none starves."""

from __future__ import annotations

import numpy as np
import pytest

from operations.methods.basin_hopping import BasinHopping
from operations.search.payoff import choose
from operations.search.walk import HISTORY, Count, Strategy


@pytest.mark.parametrize("paying", list(Strategy))
def test_half_of_the_evaluations_are_shared_alike(tasks, paying):
    """The strategy that always pays has two thirds of them, each of the others a sixth."""
    (task,) = tasks(
        system={"dimensions": 3, "boundary": "open", "particles": {"A": 30}},
        potential={"form": "lennard_jones", "r_cut": 100.0, "epsilon": None, "r0": None},
        method={"name": "basin_hopping", "number_density": None, "kT": None, "steps": None},
        settings=None,
    )
    method = BasinHopping(task)
    walk, random = method.start().walk, np.random.default_rng(1)
    costs = np.array([3e4, 2e4, 1e4])
    walk.counts[Count.RUNS] = HISTORY
    walk.run_strategy[:] = np.arange(HISTORY) % 3
    walk.run_energy[:] = np.where(walk.run_strategy == paying, -100.0, -90.0)
    walk.run_energy[:] += 1e-2 * np.arange(HISTORY)
    walk.run_cost[:] = costs[walk.run_strategy]
    drawn = np.bincount([choose(random, method._settings, walk) for _ in range(30_000)])
    share = drawn * costs / (drawn * costs).sum()
    assert share[paying] == pytest.approx(2 / 3, abs=0.08)
    assert np.delete(share, paying) == pytest.approx(1 / 6, abs=0.06)
