"""Lindemann index: of noise on a crystal, of drift, of what diffuses."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.descriptors.lindemann import lindemann_index
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def test_noise_of_a_crystal():
    rng = np.random.default_rng(0)
    perfect = crystal("fcc", 4, np.sqrt(2.0))
    frames = [with_noise(perfect, 0.05, rng) for _ in range(60)]
    # Along the bond the difference of two displacements has sqrt(2) times the noise.
    found = lindemann_index(frames).mean()
    assert found == pytest.approx(0.05 * np.sqrt(2), rel=0.05)


def test_drift_across_the_boundary_is_no_fluctuation():
    perfect = crystal("sc", 5, 1.0)
    frames = []
    for step in range(10):
        moved = perfect.positions + np.array([0.4 * step, 0.0, 0.0])
        moved[:, 0] -= 5.0 * np.round(moved[:, 0] / 5.0)
        frames.append(replace(perfect, positions=moved))
    np.testing.assert_allclose(lindemann_index(frames, 6), 0.0, atol=1e-6)


def test_what_cannot_be_compared():
    frame = crystal("sc", 3, 1.0)
    with pytest.raises(ValueError, match="1 configurations, expected at least two"):
        lindemann_index([frame])
    with pytest.raises(ValueError, match="expected the same number"):
        lindemann_index([frame, crystal("sc", 4, 1.0)])
