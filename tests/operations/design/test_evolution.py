"""Evolution: a maximum, and the same again from what it was told."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.evolution import FIRST_STEP, Evolution


def height(x):
    return -((x - 0.3) ** 2).sum(axis=1)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_it_climbs_and_can_be_told_again(n):
    start = np.full(n, 0.6)
    evolution, told = Evolution(start, 10, seed=3), []
    assert evolution.candidates.shape == (10, n)
    assert evolution.step < 2.0 * FIRST_STEP
    for k in range(40):
        told.append(height(evolution.candidates))
        evolution.tell(told[-1])
        np.random.seed(k)  # noqa: NPY002 - others may draw from it
    assert evolution.candidates == pytest.approx(np.full((10, n), 0.3), abs=0.1)
    assert evolution.step < 0.1
    again = Evolution.after(np.array(told), start, 10, seed=3)
    assert np.array_equal(again.candidates, evolution.candidates)


def test_candidates_stay_within_bounds():
    evolution = Evolution(np.full(3, 0.5), 8, seed=1)
    for _ in range(20):
        assert (evolution.candidates >= 0.0).all()
        assert (evolution.candidates <= 1.0).all()
        evolution.tell(evolution.candidates.sum(axis=1))
