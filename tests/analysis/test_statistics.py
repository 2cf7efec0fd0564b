"""Error bars of correlated samples, against a process whose correlation is known."""

import numpy as np
import pytest

from analysis.statistics import correlated_mean, is_long, jackknife, mean_of


def autoregressive(n: int, memory: float, seed: int) -> np.ndarray:
    from scipy.signal import lfilter

    noise = np.random.default_rng(seed).normal(size=n + 1000)
    return lfilter([1.0], [1.0, -memory], noise)[1000:]


def test_autocorrelation_time_of_an_ar1_process() -> None:
    # Integrated autocorrelation time of AR(1): (1 + a) / (2 (1 - a)).
    mean = correlated_mean(autoregressive(200_000, 0.9, 1))
    assert mean.autocorrelation_time == pytest.approx(9.5, rel=0.1)
    assert mean.n_samples == 200_000


def test_the_error_bar_covers_the_truth() -> None:
    pulls = []
    for seed in range(200):
        mean = correlated_mean(autoregressive(2000, 0.8, seed))
        pulls.append(mean.mean / mean.standard_error)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.15)


def test_a_short_series_has_no_error_bar() -> None:
    assert np.isnan(correlated_mean(autoregressive(1000, 0.98, 3)).standard_error)
    assert np.isnan(correlated_mean(np.arange(1000.0)).standard_error)


def test_parts_that_know_of_each_other_have_no_error() -> None:
    """Autocorrelation time 50, of 200 samples: errors by parts were too small seven times."""
    series = [autoregressive(200, 0.98, seed) for seed in range(20)]
    errors = [jackknife([one], lambda s: np.var(s[0]))[1] for one in series]
    assert np.mean(np.isnan(errors)) > 0.7
    assert jackknife([autoregressive(20_000, 0.98, 5)], lambda s: np.var(s[0]))[1] > 0.0


def test_what_has_no_value_without_a_part_has_no_error() -> None:
    def estimate(states):
        if len(states[0]) < 100:
            raise ValueError("too few")
        return 1.0

    assert np.isnan(jackknife([autoregressive(100, 0.0, 1)], estimate)[1])


def test_few_or_constant_samples() -> None:
    assert np.isnan(correlated_mean(np.arange(5.0)).standard_error)
    assert correlated_mean(np.full(50, 3.0)).standard_error == 0.0


@pytest.mark.parametrize(("times", "most"), [(30, 1.35), (20, 1.4), (10, 1.75), (5, 2.4)])
def test_the_error_of_a_short_series_is_not_much_too_small(times, most) -> None:
    memory = float(np.exp(-times / 200.0))
    series = [autoregressive(200, memory, seed) for seed in range(300)]
    pulls = np.array([mean / error for mean, error in map(mean_of, series)])
    assert 0.9 < np.sqrt(np.mean(pulls**2)) < most
    believed = np.mean([is_long(each) for each in series])
    assert believed > 0.6 if times >= 20 else believed < 0.6
