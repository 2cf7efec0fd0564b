"""What becomes of one configuration does not depend on those relaxed with it, nor on the cores."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.search.cells import in_box
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome
from operations.search.minimise import Minimum
from operations.search.relax import cores, relax
from workspace_schema.interactions import Interactions

KERNEL = make_kernel(
    pair_functions(Interactions.model_validate({"form": "lennard_jones", "r_cut": 3.0}), ["A"])
)


def crystals(count: int) -> list[Configuration]:
    """Of one to three particles."""
    random = np.random.default_rng(8)
    made = []
    for k in range(count):
        n = 1 + k % 3
        cell = 1.4 * np.eye(3) + 0.3 * random.random((3, 3))
        made.append(in_box(cell, random.random((n, 3)) @ cell, np.zeros(n, int), ["A"], 3))
    return made


def numbers(minima: list[Minimum]) -> list[tuple[bytes, bytes, float, int, Outcome]]:
    """Everything, bit by bit."""
    return [
        (
            one.configuration.positions.tobytes(),
            one.configuration.box.tobytes(),
            one.enthalpy,
            one.evaluations,
            one.outcome,
        )
        for one in minima
    ]


@pytest.mark.parametrize(("batch", "threads"), [(1, "1"), (7, "1"), (7, "2"), (15, "2")])
def test_a_result_does_not_depend_on_its_batch(batch, threads, monkeypatch):
    starts = crystals(15)
    expected = numbers(relax(KERNEL, starts, 0.5, tolerance=1e-5))
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    found = []
    for first in range(0, len(starts), batch):
        found += relax(KERNEL, starts[first : first + batch], 0.5, tolerance=1e-5)
    assert numbers(found) == expected
    assert {one.outcome for one in found} == {Outcome.CONVERGED}


def test_nothing_to_relax():
    assert relax(KERNEL, []) == []


def test_what_cannot_be_relaxed_is_refused_from_a_thread_too(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    cluster = Configuration(np.zeros((2, 3)), [9.0] * 3 + [0.0] * 3, 3, np.zeros(2), periodic=False)
    with pytest.raises(ValueError, match="boundary is open"):
        relax(KERNEL, [*crystals(2), cluster], 0.5)


@pytest.mark.parametrize(("said", "expected"), [("4", 4), ("2,1", 2), ("", 1), ("0", 1)])
def test_cores(said, expected, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert cores() == expected
