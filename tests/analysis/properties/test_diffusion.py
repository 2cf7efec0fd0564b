"""Diffusion of random walks."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.properties.diffusion import diffusion, mean_square_displacement


@pytest.mark.parametrize("d", [2, 3])
def test_a_random_walk_has_its_diffusion_coefficient(d) -> None:
    """Steps of variance 2 D t along each axis, and a drift of all that is none."""
    random, pulls = np.random.default_rng(d), []
    for _ in range(20):
        steps = random.normal(0.1, np.sqrt(2.0 * 0.05 * 0.4), (100, 60, d))
        value, error = diffusion(np.cumsum(steps, axis=0), 0.4, 0.5)
        pulls.append((value * 60 / 59 - 0.05) / error)
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 2.0
    assert abs(np.mean(pulls)) < 1.0


def test_the_displacement_begins_at_nothing_and_grows_with_the_lag() -> None:
    line = np.zeros((9, 2, 3))
    line[:, 0, 0], line[:, 1, 0] = np.arange(9), -np.arange(9)
    assert mean_square_displacement(line) == pytest.approx(np.arange(5) ** 2.0)


def test_too_few_frames_have_no_coefficient() -> None:
    with pytest.raises(ValueError, match="12 frames; expected 40 at least"):
        diffusion(np.zeros((12, 3, 3)), 1.0, 1.0)


def test_what_does_not_diffuse_has_no_coefficient() -> None:
    random = np.random.default_rng(0)
    flight = np.arange(100)[:, None, None] * random.normal(size=(1, 60, 3))
    with pytest.raises(ValueError, match=r"to the power of 2\.00; expected 1"):
        diffusion(flight, 1.0, 1.0)
    cage = random.normal(size=(100, 60, 3))
    with pytest.raises(ValueError, match=r"to the power of -?0\.0"):
        diffusion(cage, 1.0, 1.0)
    with pytest.raises(ValueError, match="expected more than 100, that to a neighbour"):
        diffusion(cage, 1.0, 10.0)
