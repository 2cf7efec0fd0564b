"""Layers as they are drawn."""

import numpy as np

from analysis.learning.networks.layers import Layers


def test_a_new_layer_sees_what_differs():
    """Rows that have nearly all in common give numbers of mean 0 and deviation 1; what is alike
    everywhere stays as it is."""
    rng = np.random.default_rng(3)
    rows = (5.0 + 0.02 * rng.normal(size=(400, 6))).astype(np.float32)
    layers = Layers({}, rng)
    found = layers.dense("some", rows, 8)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(found.std(axis=0), 1.0, atol=1e-3)
    alike = layers.dense("alike", np.ones((9, 4), dtype=np.float32), 8)
    np.testing.assert_allclose(alike - alike[0], 0.0, atol=1e-6)
    assert np.isfinite(alike).all()
    assert not layers.weights["alike bias"].any()
