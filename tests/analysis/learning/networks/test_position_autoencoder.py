"""The frame in which positions are reproduced."""

from dataclasses import replace

import numpy as np

from analysis.learning.networks.graphs import graph
from analysis.learning.networks.position_autoencoder import in_own_frame
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def test_the_frame_turns_with_the_neighbourhood():
    seen = graph(with_noise(crystal("bcc", 3, 1.0), 0.05, np.random.default_rng(1)))
    turn, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    other = replace(seen, vectors=(seen.vectors @ turn).astype(np.float32))
    own = in_own_frame(seen).vectors
    np.testing.assert_allclose(in_own_frame(other).vectors, own, atol=1e-4)
    assert np.abs(own[:, 0, :2]).max() < 1e-5
    assert (own[:, 0, 2] > 0.5).all()
