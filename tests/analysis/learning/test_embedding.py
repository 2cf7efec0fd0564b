"""Few coordinates for many features: what is on a line, what is on a curve."""

import numpy as np
import pytest

from analysis.learning.embedding import (
    autoencoder,
    incremental_components,
    principal_components,
)


def test_principal_components_of_a_line():
    rng = np.random.default_rng(0)
    t = rng.normal(size=500)
    features = np.outer(t, [1.0, -2.0, 3.0]) + 5.0 + 1e-3 * rng.normal(size=(500, 3))
    found = principal_components(features)
    coordinates = found.transform(features)
    assert coordinates.shape == (500, 1)
    assert abs(np.corrcoef(coordinates[:, 0], t)[0, 1]) > 0.9999
    assert found.explained > 0.999
    assert coordinates.mean() == pytest.approx(0.0, abs=1e-9)


def test_number_of_components():
    features = np.random.default_rng(0).normal(size=(2000, 6))
    assert principal_components(features, variance=0.5).transform(features).shape[1] == 3
    assert principal_components(features, variance=1.0, most=4).transform(features).shape[1] == 4


def test_a_feature_that_does_not_vary():
    features = np.random.default_rng(0).normal(size=(100, 3))
    features[:, 1] = 2.0
    assert np.isfinite(principal_components(features).transform(features)).all()


def test_components_of_parts_are_those_of_all_rows():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(900, 4)) @ rng.normal(size=(4, 7)) + 100.0
    features[:300] += 3.0  # parts differ
    parts = (features[a:b] for a, b in ((0, 300), (300, 300), (300, 301), (301, 900)))
    found = incremental_components(parts, variance=0.9)
    expected = principal_components(features, variance=0.9)
    np.testing.assert_allclose(found.weights[0], expected.weights[0], atol=1e-9)
    np.testing.assert_allclose(
        found.transform(features), expected.transform(features), rtol=1e-7, atol=1e-7
    )
    # Against the singular value decomposition of all rows.
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    singular = np.linalg.svd(standard, compute_uv=False)
    assert found.explained == pytest.approx(
        float((singular[: found.weights[0].shape[1]] ** 2).sum() / (singular**2).sum())
    )


def test_components_of_nothing():
    with pytest.raises(ValueError, match="there are no rows"):
        incremental_components([np.zeros((0, 3))])


def test_autoencoder_of_a_curve():
    """One coordinate for a curve in the plane, whose principal components are two."""
    t = np.linspace(-1.5, 1.5, 300)
    features = np.stack([t, t**2, np.sin(2 * t)], axis=1)
    features += 0.01 * np.random.default_rng(0).normal(size=features.shape)
    found = autoencoder(features, coordinates=1, hidden=12, epochs=400)
    assert found.explained > 0.95
    assert principal_components(features, variance=1.0, most=1).explained < 0.8
    coordinates = found.transform(features)[:, 0]
    ranks = coordinates.argsort().argsort()
    assert abs(np.corrcoef(ranks, np.arange(300))[0, 1]) > 0.95  # along the curve
