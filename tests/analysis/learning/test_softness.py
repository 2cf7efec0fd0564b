"""Hops from cage to cage, and the hyperplane that foresees them."""

import numpy as np
import pytest

from analysis.learning.softness import hop_indicator, softness


def test_a_hop_is_the_square_of_its_length():
    positions = np.full((20, 3, 2), 7.0)
    positions[10:, 1] += [0.3, 0.4]
    found = hop_indicator(positions, 5)
    assert found.shape == (11, 3)
    assert found[:, 1].argmax() == 5  # time 10
    assert found[5, 1] == pytest.approx(0.25)
    np.testing.assert_allclose(found[:, [0, 2]], 0.0, atol=1e-12)


def test_against_the_definition():
    positions = np.cumsum(np.random.default_rng(0).normal(size=(30, 4, 3)), axis=0) + 50.0
    found = hop_indicator(positions, 6)
    for t in range(6, 25):
        before, after = positions[t - 6 : t], positions[t : t + 6]
        first = ((before - after.mean(axis=0)) ** 2).sum(axis=2).mean(axis=0)
        second = ((after - before.mean(axis=0)) ** 2).sum(axis=2).mean(axis=0)
        np.testing.assert_allclose(found[t - 6], np.sqrt(first * second))


def test_a_trajectory_too_short():
    with pytest.raises(ValueError, match="9 frames, expected at least two windows of 5"):
        hop_indicator(np.zeros((9, 2, 3)), 5)


def test_the_hyperplane_is_found():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2000, 4)) * [1.0, 10.0, 0.1, 1.0] + [0.0, 50.0, 0.0, 3.0]
    inside = features[:, 0] + (features[:, 1] - 50.0) / 10.0
    rearranging = inside + rng.normal(0.0, 0.3, 2000) > 1.0
    found = softness(features, rearranging)
    assert found.accuracy > 0.9
    values = found.of(features)
    assert values[rearranging].mean() > 0.5 > -0.2 > values[~rearranging].mean()
    # Along the true direction, in standard deviations.
    assert np.corrcoef(values, inside)[0, 1] > 0.99
    direction = found.weights * features.std(axis=0)
    np.testing.assert_allclose(np.linalg.norm(direction), 1.0)
    np.testing.assert_allclose(direction[:2], np.sqrt(0.5), atol=0.05)


def test_what_cannot_be_foreseen():
    rng = np.random.default_rng(0)
    found = softness(rng.normal(size=(1000, 3)), rng.random(1000) < 0.3)
    assert 0.4 < found.accuracy < 0.6


def test_a_class_too_small():
    with pytest.raises(ValueError, match="a class has 2 particles"):
        softness(np.zeros((10, 2)), np.arange(10) < 2)
