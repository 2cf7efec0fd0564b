"""The viscosity of series whose correlation is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from analysis.properties.viscosity import correlation, viscosity


def relaxing(n, columns, time, random):
    """Of variance 1, <x(0) x(t)> = exp(-t/time)."""
    keep = np.exp(-1.0 / time)
    noise = np.sqrt(1.0 - keep**2) * random.normal(size=(n, columns))
    return lfilter([1.0], [1.0, -keep], noise, axis=0)[100:]


def test_correlations_are_means_over_all_beginnings() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    expected = [np.mean(x[: 50 - lag] * x[lag:]) for lag in range(50)]
    assert correlation(x) == pytest.approx(expected, abs=1e-12)


def test_an_exponential_has_its_integral_within_its_error() -> None:
    """V/kT ∫ exp(-t/τ) dt = V τ/kT; the errors are as large as the results scatter."""
    pulls = []
    for seed in range(12):
        series = relaxing(60_000, 3, 10.0, np.random.default_rng(seed))
        value, error = viscosity(series, 0.02, 5.0, 2.0)
        pulls.append((value - 2.5 * 0.2) / error)
        assert error < 0.1
    assert 0.4 < np.sqrt(np.mean(np.square(pulls))) < 2.0


def test_a_slow_tail_is_within_the_error() -> None:
    """A tenth of the variance relaxes twenty times as slowly: 4 % are beyond the window."""
    pulls = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        fast, slow = (relaxing(60_000, 3, time, random) for time in (10.0, 200.0))
        series = np.sqrt(0.9) * fast + np.sqrt(0.1) * slow
        value, error = viscosity(series, 0.02, 5.0, 2.0)
        pulls.append((value - 2.5 * 0.02 * (0.9 * 10.0 + 0.1 * 200.0)) / error)
    assert abs(np.mean(pulls)) < 0.6
    assert np.sqrt(np.mean(np.square(pulls))) < 1.1


def test_what_is_too_coarse_or_too_short_has_none() -> None:
    series = relaxing(20_000, 3, 10.0, np.random.default_rng(1))
    with pytest.raises(ValueError, match="a smaller log_period"):
        viscosity(series[::10], 0.2, 5.0, 2.0)
    with pytest.raises(ValueError, match="a longer production"):
        viscosity(series[:3000], 0.02, 5.0, 2.0)
