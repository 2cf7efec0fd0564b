"""A series that goes on in one direction, and noise, which does not."""

from __future__ import annotations

import numpy as np

from operations.equilibrium.lasting import drifts


def test_a_series_that_rises_drifts_and_noise_does_not() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(1.0, 0.5, (500, 60))
    assert np.mean([drifts(series) for series in noise]) < 0.02
    assert all(drifts(series) for series in 1.0 + 0.1 * noise + np.linspace(0.0, 0.7, 60))
    # a slope that is known well, but small
    assert not drifts(np.linspace(1.0, 1.2, 60) + 1e-3 * noise[0])
