"""Gaussian process regression against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from analysis.phase_map.gaussian_process import JITTER, LADDER, GaussianProcess, kernel

POINTS = np.random.default_rng(1).random((20, 2))
VALUES = np.stack([np.sin(6.0 * POINTS[:, 0]), POINTS[:, 1] ** 2], axis=1)
NOISE = np.random.default_rng(2).uniform(0.01, 0.5, VALUES.shape)


def test_the_same_as_another_code() -> None:
    lengths, amplitude = (0.3, 0.7), 2.0
    process = GaussianProcess(POINTS, VALUES, NOISE, np.zeros(2), amplitude, lengths)
    others = np.random.default_rng(3).random((7, 2))
    mean, variance = process.predict(others)
    total = 0.0
    for k in range(2):
        theirs = GaussianProcessRegressor(
            ConstantKernel(amplitude) * RBF(lengths), alpha=NOISE[:, k] + JITTER, optimizer=None
        ).fit(POINTS, VALUES[:, k])
        expected, deviation = theirs.predict(others, return_std=True)
        assert mean[:, k] == pytest.approx(expected, abs=1e-9)
        assert variance[:, k] == pytest.approx(deviation**2, abs=1e-7)
        total += theirs.log_marginal_likelihood_value_ + 0.5 * len(POINTS) * np.log(2 * np.pi)
    assert process.log_likelihood().sum() == pytest.approx(total, abs=1e-8)


def test_lengths_tell_which_axis_matters() -> None:
    points = np.random.default_rng(4).random((60, 2))
    values = np.sin(9.0 * points[:, :1])
    process = GaussianProcess.fit(points, values, np.full(values.shape, 1e-3), 1.0)
    assert process.lengths[0] < 0.35 < process.lengths[1]
    assert set(process.lengths) <= set(LADDER)


def test_values_without_relation_are_told_from_others() -> None:
    noise = np.full(VALUES.shape, 0.01)
    related = GaussianProcess.fit(POINTS, VALUES, noise, 1.0)
    assert (related.log_likelihood() - related.unrelated()).sum() > 10.0
    mixed = np.random.default_rng(5).permutation(VALUES)
    other = GaussianProcess.fit(POINTS, mixed, noise, 1.0)
    assert (other.log_likelihood() - other.unrelated()).sum() < 5.0


def test_the_kernel_falls_off_by_its_lengths() -> None:
    assert kernel(np.zeros((1, 2)), np.array([[0.5, 0.0]]), (0.5, 9.0)) == pytest.approx(
        np.exp(-0.5)
    )
