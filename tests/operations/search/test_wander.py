"""Walkers that learn nothing of each other: alone, among many, and by a team of lanes."""

from __future__ import annotations

import numpy as np
import pytest

from operations.search.lbfgs import make_work
from operations.search.team import ported
from operations.search.team_sums import team_sum
from operations.search.wander import Flock, Rule, wander, wander_all
from tests.operations.search.test_relax import KERNEL
from tests.operations.search.test_team import Threads

RULE = Rule(seed=7, radius=1.6, patience=5, tolerance=1e-4, longest=0.25, least=1e-3)
PROBLEM = KERNEL.problem(np.zeros(6, int), np.eye(3), 3)
OCTAHEDRON = -12.712062  # of six Lennard-Jones particles, Cambridge Cluster Database


def flock(walkers: int) -> Flock:
    """Before their first hop."""
    size = 3 * len(PROBLEM.types)
    energies = (np.full(walkers, value) for value in (np.inf, np.inf, 0.4, 0.8))
    return Flock(
        np.zeros((walkers, size)),
        *energies,
        np.zeros(walkers, dtype=np.int64),
        np.zeros((walkers, 3), dtype=np.int64),
        np.full(walkers, np.inf),
        np.zeros((walkers, size)),
        np.zeros(walkers, dtype=np.int64),
    )


def test_a_walker_does_not_depend_on_the_others_nor_on_how_its_hops_are_cut():
    many, few = flock(5), flock(3)
    wander_all(KERNEL.sum(False), PROBLEM, RULE, many, 0, 5, 0, 60)
    for first, last in ((1, 3), (0, 1)):
        wander_all(KERNEL.sum(False), PROBLEM, RULE, few, first, last, 0, 25)
        wander_all(KERNEL.sum(False), PROBLEM, RULE, few, first, last, 25, 60)
    for name in ("positions", "energy", "best", "step", "kT", "since", "tally"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:3], err_msg=name)
    assert len(np.unique(many.energy)) > 1
    assert many.lowest.min() == pytest.approx(OCTAHEDRON, abs=1e-5)
    assert (many.step != 0.4).all()


def test_a_team_of_lanes_goes_the_way_of_one():
    alone, by_team = flock(2), flock(2)
    wander_all(KERNEL.sum(False), PROBLEM, RULE, alone, 0, 2, 0, 3)
    team, work = Threads(3), make_work(18)
    words = team.words()
    pairs = ported(team_sum(KERNEL.compiled, True, False), words)
    text = ported(wander, words | {"sum_pairs": lambda _, *given: pairs(*given)})
    team.run(text, 0, PROBLEM, RULE, by_team, 1, 0, 3, np.zeros(18), work)
    assert by_team.energy[1] == pytest.approx(alone.energy[1], abs=1e-6)
    assert by_team.lowest[1] == pytest.approx(alone.lowest[1], abs=1e-6)
    np.testing.assert_allclose(by_team.positions[1], alone.positions[1], atol=1e-3)
    assert by_team.since[1] == alone.since[1]
    assert by_team.spent[0] == 0
