"""The top of a curve that is known."""

from __future__ import annotations

import numpy as np

from analysis.equilibrium.barrier import barrier

SIZES = np.arange(1.0, 121.0)
#: Classical nucleation theory with its top of 20 at 70.
CURVE = 60.0 * (SIZES / 70.0) ** (2 / 3) - 40.0 * SIZES / 70.0


def test_the_top_of_a_noisy_curve() -> None:
    noise = 0.1 * np.random.default_rng(1).normal(size=len(SIZES))
    noise[4] = np.inf
    height, size = barrier(CURVE + noise)
    assert abs(height - 20.0) < 0.1
    assert abs(size - 70.0) < 4.0


def test_a_curve_that_still_rises_has_none() -> None:
    assert np.isnan(barrier(CURVE[:60])).all()
    assert np.isnan(barrier(np.full(5, np.inf))).all()
