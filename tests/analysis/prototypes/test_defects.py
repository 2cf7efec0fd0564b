"""Noise on crystals."""

import numpy as np

from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def test_noise_has_its_width_and_stays_in_the_plane():
    start = crystal("square", 60, 1.0)
    moved = with_noise(start, 0.1, np.random.default_rng(1)).positions - start.positions
    np.testing.assert_allclose(moved[:, :2].std(axis=0), 0.1, rtol=0.05)
    assert (moved[:, 2] == 0).all()
