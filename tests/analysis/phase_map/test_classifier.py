"""Gaussian process classification against scikit-learn's, and against the whole posterior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from analysis.phase_map.classifier import AMPLITUDES, Classifier
from analysis.phase_map.gaussian_process import kernel

POINTS = np.random.default_rng(1).random((25, 2))
OTHERS = np.random.default_rng(2).random((6, 2))
THREE = np.eye(3)[(POINTS[:, 0] > 0.4).astype(int) + (POINTS[:, 1] > POINTS[:, 0])]


def test_two_classes_are_those_of_another_code() -> None:
    """The difference of two latent functions is one with twice the variance."""
    labels, lengths = (POINTS[:, 0] > POINTS[:, 1]).astype(int), (0.5, 0.8)
    ours = Classifier.of(POINTS, np.eye(2)[labels], lengths, 3.0, np.zeros(2), np.zeros((25, 2)))
    theirs = GaussianProcessClassifier(ConstantKernel(18.0) * RBF(lengths), optimizer=None)
    theirs.fit(POINTS, labels)
    assert ours.log_likelihood == pytest.approx(theirs.log_marginal_likelihood(), abs=1e-4)
    assert ours.win_probability(OTHERS).argmax(axis=1).tolist() == theirs.predict(OTHERS).tolist()


def test_the_posterior_is_that_of_the_whole_matrix() -> None:
    lengths, amplitude = (0.5, 0.8), 3.0
    ours = Classifier.of(POINTS, THREE, lengths, amplitude, np.zeros(3), np.zeros((25, 3)))
    whole = np.concatenate([POINTS, OTHERS])
    n, m = len(POINTS), len(whole)
    prior = np.kron(np.eye(3), amplitude**2 * kernel(whole, whole, lengths))
    mode = amplitude**2 * kernel(POINTS, POINTS, lengths) @ ours.weights
    assert ours.weights == pytest.approx(THREE - softmax(mode, axis=1), abs=1e-4)  # it is one
    probability = softmax(mode, axis=1)
    curvature = np.zeros_like(prior)
    for i in range(n):
        here = i + m * np.arange(3)
        p = probability[i]
        curvature[np.ix_(here, here)] = np.diag(p) - np.outer(p, p)
    posterior = prior @ np.linalg.inv(np.eye(3 * m) + curvature @ prior)
    mean, covariance = ours.moments(OTHERS)
    for j in range(len(OTHERS)):
        here = n + j + m * np.arange(3)
        assert covariance[j] == pytest.approx(posterior[np.ix_(here, here)], abs=1e-3)
    sign, logarithm = np.linalg.slogdet(np.eye(3 * m) + curvature @ prior)
    assert sign == 1.0
    fit = (THREE * np.log(probability)).sum() - 0.5 * (ours.weights * mode).sum()
    assert ours.log_likelihood == pytest.approx(fit - 0.5 * logarithm, abs=1e-3)
    assert mean.shape == (6, 3)


def test_wrong_labels_are_trusted_less() -> None:
    """The amplitude, which nobody sets, says so: boundaries are soft."""
    points = np.random.default_rng(3).random((120, 2))
    labels = (points[:, 0] > 0.5).astype(int)
    clean = Classifier.fit(points, np.eye(2)[labels], np.zeros(2))
    wrong = np.random.default_rng(4).random(120) < 0.15
    noisy = Classifier.fit(points, np.eye(2)[np.where(wrong, 1 - labels, labels)], np.zeros(2))
    assert noisy.amplitude < clean.amplitude
    assert {noisy.amplitude, clean.amplitude} <= set(AMPLITUDES)
    right = (noisy.win_probability(points).argmax(axis=1) == labels).mean()
    assert right > 0.93


def test_where_it_begins_does_not_matter() -> None:
    far = np.random.default_rng(5).normal(0.0, 0.3, THREE.shape)
    one = Classifier.of(POINTS, THREE, (0.3, 0.3), 16.0, np.zeros(3), np.zeros_like(THREE))
    other = Classifier.of(POINTS, THREE, (0.3, 0.3), 16.0, np.zeros(3), far)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert other.win_probability(OTHERS) == pytest.approx(one.win_probability(OTHERS), abs=1e-5)
