"""What fluctuates in a design by alchemy."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.fluctuating import Points, crystal_of
from workspace_schema.statepoint import StatePoint

MIE = {"form": "mie", "n": {"free": [7, 14]}, "m": {"free": [5, 10]}, "r_cut": 2.0}


def test_between_bounds_that_hold_there_may_be_no_potential(tasks):
    """n is more than m at both ends, not everywhere between: there a move is refused."""
    (task,) = tasks(
        system={"particles": {"A": 36}},
        potential=MIE,
        method={
            "name": "design",
            "by": "alchemy",
            "target": "square",
            "kT": 1.0,
            "number_density": 1.0,
            "steps": 3000,
        },
    )
    points = Points(task, StatePoint.read(task.statepoint))
    assert points.names == ("m", "n")
    energies = points.energies(crystal_of("square", 36, 1.0))
    assert energies(np.array([1.0, 0.0])) == np.inf  # m 10, n 7
    assert np.isfinite(energies(np.array([0.5, 0.5])))
    width, random = np.full(2, 0.5), np.random.default_rng(1)
    visited, _ = points.visited(np.array([0.5, 0.5]), width, energies, random, 200)
    assert all(points.exists(x) for x in visited)
    assert not all(points.exists(x) for x in random.uniform(size=(200, 2)))


@pytest.mark.parametrize(("name", "n"), [("hexagonal", 64), ("honeycomb", 48), ("square", 36)])
def test_boxes_are_wide(name, n):
    one = crystal_of(name, n, 0.9)
    assert one.n_particles == n
    assert one.number_density == pytest.approx(0.9)
    assert one.box[:2].min() > 0.7 * one.box[:2].max()
