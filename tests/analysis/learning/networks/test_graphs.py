"""The frame in which networks see neighbourhoods."""

import numpy as np
import pytest

from analysis.learning.networks.graphs import graph, in_own_frame, joined
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.schnet import CONVOLUTIONS, line_graph, schnet
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize("mirrored", [1.0, -1.0])
def test_a_neighbourhood_looks_the_same_however_it_is_turned(mirrored):
    hot = with_noise(crystal("bcc", 3, 1.0), 0.05, np.random.default_rng(1))
    vectors = nearest(hot, 18).vectors
    turn, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    turn *= mirrored * np.linalg.det(turn)
    own = in_own_frame(vectors)
    np.testing.assert_allclose(in_own_frame(vectors @ turn), own, atol=1e-6)
    np.testing.assert_allclose(*(np.linalg.norm(v, axis=-1) for v in (own, vectors)), atol=1e-6)
    assert np.abs(own[:, 0, :2]).max() < 1e-6
    assert (own[:, 0, 2] > 0.5).all()


@pytest.mark.parametrize("network", [schnet, line_graph])
def test_what_some_particles_see_is_all_that_they_need(network):
    """A part of a graph gives the same numbers as the whole, with types that differ."""
    rng = np.random.default_rng(2)
    hot = with_noise(crystal("CsCl", 4, 1.0), 0.05, rng)
    whole = joined([graph(hot, 14, types=2)] * 2)
    weights = {}
    network(Layers(weights, rng), whole)
    rows = rng.choice(2 * hot.n_particles, 9, replace=False)
    part = whole.of(rows, CONVOLUTIONS)
    assert len(part.vectors) < 1.5 * hot.n_particles
    found = network(Layers(weights), part)
    np.testing.assert_allclose(found, network(Layers(weights), whole)[rows], atol=1e-4)
