"""What a warp would do, by threads in step: the text of the minimiser with more lanes than one."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.search.cells import in_box
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome, descend, lbfgs, make_work
from operations.search.minimise import make_problem
from operations.search.team import lane, ported, sync, total
from operations.search.team_sums import team_sum
from workspace_schema.interactions import Interactions


class Threads:
    """A team of threads, and the words for it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._mine = threading.local()
        self._barrier = threading.Barrier(width, timeout=60)
        self._written = np.zeros(width)

    def words(self) -> dict:
        return {
            "WIDTH": self.width,
            "lane": lambda: self._mine.lane,
            "total": self._total,
            "sync": self._barrier.wait,
        }

    def _total(self, x: float) -> float:
        self._written[self._mine.lane] = x
        self._barrier.wait()
        result = float(self._written.sum())
        self._barrier.wait()
        return result

    def run(self, function, *arguments) -> list:
        """What each lane returns."""

        def by(number: int):
            self._mine.lane = number
            return function(*arguments)

        with ThreadPoolExecutor(self.width) as pool:
            return list(pool.map(by, range(self.width)))


@pytest.fixture
def _in_turns():
    """Threads change as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def cluster() -> Configuration:
    positions = np.random.default_rng(3).random((6, 3)) * 2.0
    return Configuration(positions, [20.0] * 3 + [0.0] * 3, 3, np.zeros(6), periodic=False)


def mixed_crystal() -> Configuration:
    random = np.random.default_rng(4)
    cell = np.array([[1.9, 0.2, 0.0], [-0.3, 1.6, 0.0], [0.0, 0.0, 1.0]])
    positions = (random.random((3, 3)) * [1, 1, 0]) @ cell
    return in_box(cell, positions, np.array([0, 1, 1]), ["A", "B"], 2)


@pytest.mark.usefixtures("_in_turns")
@pytest.mark.parametrize(
    ("start", "pressure", "stiffness"),
    [(cluster, None, 0.0), (cluster, None, 3.0), (mixed_crystal, 0.3, 0.0)],
)
@pytest.mark.parametrize("width", [2, 8])
def test_a_team_of_many_does_what_one_does(start, pressure, stiffness, width):
    configuration = start()
    types = list(configuration.type_names)
    potential = {"form": "lennard_jones", "r_cut": 2.0}
    if len(types) > 1:
        potential["types"] = {"B": {"sigma": 0.8}}
    kernel = make_kernel(pair_functions(Interactions.model_validate(potential), types))
    problem, v = make_problem(kernel, configuration, pressure)
    if stiffness:
        problem = problem._replace(strain_length=-stiffness)
    alone = v.copy()
    rules = 1e-5, 0.4, 1000
    status, energy, evaluations = lbfgs(kernel.sum(pressure is not None), problem, alone, *rules)
    assert status == Outcome.CONVERGED

    team = Threads(width)
    words = team.words()
    pairs = team_sum(kernel.compiled, len(kernel.forms) == 1, pressure is not None)
    pairs = ported(pairs, words)
    text = ported(descend, words | {"sum_pairs": lambda _, *arguments: pairs(*arguments)})
    ends = team.run(text, 0, problem, v, *rules, make_work(len(v)))
    assert len(set(ends)) == 1
    assert ends[0][0] == Outcome.CONVERGED
    assert ends[0][1] == pytest.approx(energy, abs=1e-9)
    assert abs(ends[0][2] - evaluations) <= 2
    np.testing.assert_allclose(v, alone, atol=1e-4)


def test_a_team_of_one_is_alone():
    assert (lane(), total(2.5), sync()) == (0, 2.5, None)
