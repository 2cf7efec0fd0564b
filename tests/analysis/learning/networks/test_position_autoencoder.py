"""The bottleneck: one mean for particles of one crystal, whatever frame each happens to have."""

import numpy as np
import pytest

from analysis.descriptors.nested_shells import average
from analysis.learning.networks.graphs import graph
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.position_autoencoder import (
    PositionCode,
    code,
    position_autoencoder,
    reproduced,
)
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def hot(name, noise=0.05):
    return graph(with_noise(crystal(name, 4, 1.0), noise, np.random.default_rng(3)))


def untrained(seen):
    weights: dict[str, np.ndarray] = {}
    reproduced(Layers(weights, np.random.default_rng(1)), seen)
    return PositionCode(weights)


def test_codes_are_averaged_over_the_neighbours():
    """Twice, with the weights of the labels; single ones spread much more."""
    seen = hot("fcc")
    model = untrained(seen)
    single = code(Layers(model.weights), seen)
    fade = Layers({}).fade(seen.distances)[..., 0]
    twice = average(average(single, seen.indices, fade), seen.indices, fade)
    found = model.transform(seen)
    np.testing.assert_allclose(found, twice, rtol=1e-5, atol=1e-6)
    assert found.std(axis=0).max() < 0.5 * single.std(axis=0).min()


def test_crystals_come_apart_without_labels():
    pytest.importorskip("torch")
    both = [hot("fcc"), hot("bcc")]
    model = position_autoencoder(both, steps=40)
    first, second = (model.transform(each) for each in both)
    spread = np.sqrt((first.var(axis=0) + second.var(axis=0)).mean())
    assert np.abs(first.mean(axis=0) - second.mean(axis=0)).max() > 2.0 * spread
