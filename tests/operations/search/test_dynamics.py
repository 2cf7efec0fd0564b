"""The text of molecular dynamics by a team of lanes, and beside sums that need no list."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest
from numba import types as nb

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.search.dynamics import (
    BUSSI,
    LANGEVIN,
    MOTION,
    RULE,
    Motion,
    Rule,
    advance,
    set_out,
)
from operations.search.gpu import warp_words
from operations.search.kernels import Kernel, make_kernel
from operations.search.neighbour_list import (
    NEIGHBOURS,
    listed_sum,
    listed_sum_alone,
    make_neighbours,
)
from operations.search.problem import PROBLEM
from operations.search.team import ported
from tests.operations.search.test_team import Threads
from workspace_schema.interactions import Interactions

MIXTURE = {
    "form": "lennard_jones",
    "r_cut": 2.5,
    "types": {"B": {"epsilon": 0.8}},
    "pairs": {"A-B": {"form": "yukawa", "r_cut": 2.0}},
}
KERNEL = make_kernel(pair_functions(Interactions.model_validate(MIXTURE), ["A", "B"]))


def particles(dimensions: int, n: int, edge: float) -> Configuration:
    """On a distorted lattice in a skew box, some of them outside."""
    random = np.random.default_rng(4)
    side = round(n ** (1 / dimensions))
    box = np.array([edge, 1.1 * edge, 0.9 * edge, 0.3, -0.2, 0.1])
    if dimensions == 2:
        box[2:] = (1.0, 0.3, 0.0, 0.0)
    points = np.zeros((n, 3))
    points[:, :dimensions] = np.stack(np.unravel_index(np.arange(n), (side,) * dimensions), axis=1)
    points[:, :dimensions] += 0.1 * random.random((n, dimensions)) + random.integers(-2, 3) * side
    made = Configuration(points, box, dimensions, np.arange(n) % 2, ("A", "B"))
    made.positions = points / side @ made.cell
    return made


def prepared(one: Configuration, skin: float = 0.4):
    n, d = one.n_particles, one.dimensions
    problem = KERNEL.problem(one.types, one.cell, d)
    r, v = one.positions.T.flatten(), np.zeros(3 * n)
    v[: d * n] = np.random.default_rng(5).normal(size=d * n)
    motion = Motion(r, v, np.zeros(3 * n), np.zeros(3 * n, dtype=np.int64), np.zeros((3, 3)))
    return problem, motion, make_neighbours(one.cell, d, n, 2.5, skin)


def alone(kernel: Kernel):
    return listed_sum_alone(kernel.compiled, len(kernel.forms) == 1)


@pytest.mark.parametrize(
    ("dimensions", "n", "edge"), [(2, 1, 1.1), (2, 4, 2.1), (2, 81, 9.5), (3, 8, 2.2), (3, 216, 8)]
)
def test_sums_by_a_list(dimensions, n, edge):
    """In cells narrower than the cut-off, and in those of many bins; images are counted."""
    one = particles(dimensions, n, edge)
    energy, forces, virial = KERNEL.evaluate(one)
    problem, motion, neighbours = prepared(one)
    found = set_out(alone(KERNEL), problem, motion, neighbours)
    scale = max(1.0, np.abs(forces).max())
    assert found == pytest.approx(energy, rel=1e-12, abs=1e-12)
    assert np.abs(motion.force.reshape(3, n).T - forces).max() < 1e-11 * scale
    assert np.abs(motion.virial - virial).max() < 1e-11 * max(scale, np.abs(virial).max())
    moved = one.positions - motion.r.reshape(3, n).T
    assert np.abs(moved - motion.images.reshape(3, n).T @ one.cell).max() < 1e-12
    assert motion.images.any()


@pytest.mark.parametrize("thermostat", [BUSSI, LANGEVIN])
@pytest.mark.parametrize(("dimensions", "n", "edge"), [(2, 9, 4.1), (3, 8, 2.8)])
def test_lanes_do_what_one_does(thermostat, dimensions, n, edge):
    """Three threads in the place of lanes, lists that are made anew included."""
    one, rule = particles(dimensions, n, edge), Rule(thermostat, 0.004, 0.5, 0, 1.0, 0.01, 77)
    problem, expected, neighbours = prepared(one, 0.1)
    set_out(alone(KERNEL), problem, expected, neighbours)
    reference = neighbours.reference.copy()
    energy = advance(alone(KERNEL), problem, expected, neighbours, rule, 0, 12)
    assert not np.array_equal(neighbours.reference, reference)
    team = Threads(3)
    pairs = ported(listed_sum(KERNEL.compiled, False), team.words())

    def sum_listed(pair_sum, *rest):
        return pairs(*rest)

    words = team.words() | {"sum_listed": sum_listed}
    problem, motion, neighbours = prepared(one, 0.1)
    team.run(ported(set_out, words), None, problem, motion, neighbours)
    energies = team.run(ported(advance, words), None, problem, motion, neighbours, rule, 0, 12)
    assert energies == pytest.approx([energy] * 3, rel=1e-9)
    assert np.abs(motion.r - expected.r).max() < 1e-9
    assert np.abs(motion.v - expected.v).max() < 1e-9


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
)
def test_it_compiles_for_a_warp_of_a_gpu(monkeypatch):
    """To PTX of compute capability 9.0."""
    from numba import cuda
    from numba.cuda import dispatcher

    capability = SimpleNamespace(compute_capability=(9, 0))
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: capability)
    device = cuda.jit(device=True)

    words = warp_words(cuda)
    pairs = ported(listed_sum(KERNEL.compiled, False), words, device)

    @device
    def sum_listed(pair_sum, problem, r, neighbours, force, virial):
        return pairs(problem, r, neighbours, force, virial)

    words["sum_listed"] = sum_listed
    prepare, go = (ported(function, words, device) for function in (set_out, advance))

    def kernel(problem, motion, neighbours, rule, stop, energies):
        prepare(0, problem, motion, neighbours)
        energies[0] = go(0, problem, motion, neighbours, rule, 0, stop)

    signature = (PROBLEM, MOTION, NEIGHBOURS, RULE, nb.int64, nb.float64[::1])
    ptx, _ = cuda.compile_ptx(kernel, signature, cc=(9, 0))
    assert ".target sm_90" in ptx
    assert ".entry" in ptx
    assert "bar.warp.sync" in ptx
