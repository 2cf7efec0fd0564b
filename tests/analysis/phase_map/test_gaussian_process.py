"""Gaussian process regression against scikit-learn's, and of a smooth function."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from analysis.phase_map.gaussian_process import (
    JITTER,
    LADDER,
    GaussianProcess,
    kernel,
    most_likely,
)

POINTS = np.random.default_rng(1).random((40, 2))


def smooth(points: np.ndarray) -> np.ndarray:
    return 3.0 + np.sin(4.0 * points[:, 0]) + points[:, 1] ** 2


def test_the_same_as_another_code() -> None:
    lengths, noise = (0.3, 0.7), 0.03
    values = smooth(POINTS)
    process = GaussianProcess.of(POINTS, values, lengths, noise)
    theirs = GaussianProcessRegressor(
        ConstantKernel(process.amplitude) * RBF(lengths),
        alpha=process.amplitude * (noise + JITTER),
        optimizer=None,
    ).fit(POINTS, values - values.mean())
    others = np.random.default_rng(3).random((7, 2))
    mean, deviation = process.predict(others)
    expected, spread = theirs.predict(others, return_std=True)
    assert mean == pytest.approx(expected + values.mean(), abs=1e-9)
    assert deviation == pytest.approx(spread, abs=1e-7)
    n = len(POINTS)  # of the most likely amplitude the quadratic form is n
    constant = -0.5 * n * (np.log(2.0 * np.pi) + 1.0)
    assert process.log_likelihood + constant == pytest.approx(theirs.log_marginal_likelihood_value_)


def test_a_smooth_function_between_forty_points() -> None:
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 15)] * 2), -1).reshape(-1, 2)
    process = GaussianProcess.fit(POINTS, smooth(POINTS))
    mean, deviation = process.predict(grid)
    off = np.abs(mean - smooth(grid))
    assert np.sqrt((off**2).mean()) < 0.01
    assert deviation.max() < 0.2
    noisy = smooth(POINTS) + np.random.default_rng(2).normal(0.0, 0.1, len(POINTS))
    process = GaussianProcess.fit(POINTS, noisy)
    assert np.sqrt(process.noise * process.amplitude) == pytest.approx(0.1, rel=0.5)
    mean, deviation = process.predict(grid)
    within = np.abs(mean - smooth(grid)) < 2.0 * deviation
    assert within.mean() > 0.8


def test_lengths_tell_which_axis_matters() -> None:
    points = np.random.default_rng(4).random((60, 2))
    process = GaussianProcess.fit(points, np.sin(9.0 * points[:, 0]))
    assert process.lengths[0] < 0.35 < process.lengths[1]
    assert set(process.lengths) <= set(LADDER)


def test_the_kernel_falls_off_by_its_lengths() -> None:
    assert kernel(np.zeros((1, 2)), np.array([[0.5, 0.0]]), (0.5, 9.0)) == pytest.approx(
        np.exp(-0.5)
    )


def test_the_search_ends_where_no_step_leads_higher() -> None:
    asked = []

    def hill(at: object) -> float:
        asked.append(at)
        i, j = at  # type: ignore[misc]
        return -((i - 7) ** 2) - (j - i) ** 2 / 2.0

    assert most_likely(hill, [12, 12], [2, 3]) == [7, 7]
    assert len(asked) == len(set(asked)) < 60
    assert most_likely(hill, [5, 12], [2, 3]) == [4, 4]
