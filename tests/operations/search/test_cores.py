"""Cores of clusters, and what comes to their vacant sites."""

from __future__ import annotations

import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.search import cores
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome, lbfgs
from tests.operations.search.test_moves import ICOSAHEDRON
from workspace_schema.interactions import Interactions

KERNEL = make_kernel(
    pair_functions(Interactions.model_validate({"form": "lennard_jones", "r_cut": 100.0}), ["A"])
)


def quenched(v: np.ndarray) -> float:
    problem = KERNEL.problem(np.zeros(len(v) // 3, np.int64), np.eye(3), 3)
    outcome, energy, _ = lbfgs(KERNEL.sum(False), problem, v, 1e-9, 0.4, 10_000)
    assert outcome in (Outcome.CONVERGED, Outcome.STUCK)
    return float(energy)


# Cambridge Cluster Database (D. J. Wales et al.): caps side by side on faces of an icosahedron.
@pytest.mark.parametrize(("n", "energy"), [(14, -47.845157), (15, -52.322627), (16, -56.815742)])
def test_a_completed_icosahedron_is_the_lowest_minimum(n, energy):
    core = np.vstack([ICOSAHEDRON, np.zeros(3)]).T.ravel() * 0.57
    assert quenched(core) == pytest.approx(-44.326801, abs=1e-5)
    lowest = 0.0
    for seed in range(5):
        v = np.zeros(3 * n)
        problem = KERNEL.problem(np.zeros(13, np.int64), np.eye(3), 3)
        random = np.random.default_rng(seed)
        done, looked = cores.completed(random, KERNEL.pair_energies, problem, core, v)
        assert done
        assert looked > 20
        np.testing.assert_array_equal(v.reshape(3, n)[:, :13], core.reshape(3, 13))
        lowest = min(lowest, quenched(v))
    assert lowest == pytest.approx(energy, abs=1e-5)


def test_half_of_the_cores_lack_particles_and_none_of_a_mixture_does():
    random = np.random.default_rng(0)
    types = np.zeros(76, np.int64)
    pure = KERNEL.problem(types, np.eye(3), 3)
    drawn = np.bincount([cores.lacking(random, pure) for _ in range(4000)], minlength=5)
    assert len(drawn) == 5  # 76 // 16 at most
    assert drawn[0] == pytest.approx(2000, abs=150)
    np.testing.assert_allclose(drawn[1:], 500, atol=100)
    few = KERNEL.problem(types[:15], np.eye(3), 3)
    mixed = KERNEL.problem((np.arange(76) % 2), np.eye(3), 3)
    assert not any(cores.lacking(random, other) for other in (few, mixed) for _ in range(50))
