"""Diffusion of random walks."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.properties.diffusion import diffusion, mean_square_displacement, without_images


@pytest.mark.parametrize("d", [2, 3])
def test_a_random_walk_has_its_diffusion_coefficient(d) -> None:
    """Steps of variance 2 D t along each axis, and a drift of all that is none."""
    random, pulls = np.random.default_rng(d), []
    for _ in range(20):
        steps = random.normal(0.1, np.sqrt(2.0 * 0.05 * 0.4), (100, 60, d))
        value, error = diffusion(np.cumsum(steps, axis=0), 0.4)
        pulls.append((value * 60 / 59 - 0.05) / error)
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 2.0
    assert abs(np.mean(pulls)) < 1.0


def test_the_displacement_begins_at_nothing_and_grows_with_the_lag() -> None:
    line = np.zeros((9, 2, 3))
    line[:, 0, 0], line[:, 1, 0] = np.arange(9), -np.arange(9)
    assert mean_square_displacement(line) == pytest.approx(np.arange(5) ** 2.0)


def test_too_few_frames_have_no_coefficient() -> None:
    with pytest.raises(ValueError, match="12 frames; expected 40 at least"):
        diffusion(np.zeros((12, 3, 3)), 1.0)


def test_the_correction_for_periodic_images() -> None:
    """Of water in a cube of 18.6 Å, η = 0.81 mPa s at 298 K: 2.837297 kT/(6πηL) = 4.11e-10 m²/s."""
    kT = 1.380649e-23 * 298.0
    found = without_images(0.0, kT, 0.00081, 18.6e-10)  # SI
    assert found == pytest.approx(4.11e-10, rel=0.005)
