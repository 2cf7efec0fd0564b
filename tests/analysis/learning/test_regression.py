"""Properties by ridge regression."""

import numpy as np
import pytest

from analysis.learning.regression import ridge


def test_a_linear_law_is_found_and_its_noise_is_not():
    rng = np.random.default_rng(0)
    features = rng.normal(3.0, 2.0, (400, 20))
    features[:, 7] = 1.0  # says nothing
    signal = features[:, 0] - 0.5 * features[:, 3] + 2.0
    values = signal + rng.normal(0.0, signal.std(), 400)
    found = ridge(features, values, np.arange(400) // 20)
    # noise as large as the signal: half of the variance can be told
    assert found.correlation == pytest.approx(np.sqrt(0.5), abs=0.06)
    assert np.corrcoef(found.of(features), signal)[0, 1] > 0.97
    assert np.corrcoef(found.predicted, values)[0, 1] == pytest.approx(found.correlation)


def test_what_is_only_of_a_configuration_is_not_learnt():
    rng = np.random.default_rng(1)
    groups = np.arange(300) // 30
    features = np.eye(10)[groups] + rng.normal(0.0, 0.01, (300, 10))
    assert ridge(features, rng.normal(size=10)[groups], groups).correlation < 0.3
    with pytest.raises(ValueError, match="1 groups, expected at least 2"):
        ridge(features, features[:, 0], np.zeros(300))
