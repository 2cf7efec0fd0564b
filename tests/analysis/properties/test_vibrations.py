"""Velocities whose correlation and spectrum are known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.properties.vibrations import (
    density_of_states,
    diffusion_by_velocities,
    einstein_frequency,
    of_modes,
    thinned,
)


def viscous(random, frames, n, spacing):
    """Ornstein and Uhlenbeck's velocities with kT = 1, friction 1: D = 1."""
    keep = np.exp(-spacing)
    v = np.empty((frames, n, 3))
    v[0] = random.standard_normal((n, 3))
    for k in range(1, frames):
        v[k] = keep * v[k - 1] + np.sqrt(1.0 - keep**2) * random.standard_normal((n, 3))
    return v


def test_viscous_particles_diffuse_within_errors() -> None:
    random, pulls = np.random.default_rng(0), []
    for _ in range(12):
        value, error = diffusion_by_velocities(viscous(random, 3500, 20, 0.05), 0.05, 6.0)
        pulls.append((value - 1.0) / error)
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 1.8


def test_what_says_nothing_of_diffusion_is_refused() -> None:
    v = viscous(np.random.default_rng(1), 3500, 20, 0.05)
    with pytest.raises(ValueError, match="3500 frames; expected"):
        diffusion_by_velocities(v, 0.05, 8.0)
    with pytest.raises(ValueError, match="more frames"):
        diffusion_by_velocities(v[::20], 1.0, 5.0)
    with pytest.raises(ValueError, match="as in a gas"):
        diffusion_by_velocities(v, 0.05, 1.0)


def swinging(random, omega, frames, spacing):
    """Oscillators with these frequencies and the energy kT each in the mean."""
    phase = 2.0 * np.pi * random.random((1, len(omega), 1))
    wide = np.sqrt(random.exponential(1.0, (1, len(omega), 1)))
    t = spacing * np.arange(frames)[:, None, None]
    return wide * np.cos(omega[None, :, None] * t + phase)


def test_oscillators_have_their_density_of_states() -> None:
    random = np.random.default_rng(2)
    omega = np.repeat([4.0, 10.0], [1500, 500])
    v = swinging(random, omega, 2000, 0.05)
    x, g = density_of_states(v, 0.05)
    assert np.trapezoid(g, x) == pytest.approx(1.0)
    slow = (x > 3.0) & (x < 5.0)
    assert np.trapezoid(g[slow], x[slow]) == pytest.approx(0.75, abs=0.05)
    value, error = einstein_frequency(v, 0.05)
    assert value == pytest.approx(np.sqrt(0.75 * 16.0 + 0.25 * 100.0), rel=0.05)
    assert 0.0 <= error < 0.05 * value


def test_frames_too_far_apart_for_the_oscillators_are_refused() -> None:
    random = np.random.default_rng(3)
    v = swinging(random, np.full(50, 10.0), 2000, 0.3)
    with pytest.raises(ValueError, match="expected more frames"):
        einstein_frequency(v, 0.3)


def test_modes_have_a_density_without_the_unstable_ones() -> None:
    _, g = of_modes(np.append(np.linspace(0.0, 3.0, 4001)[1:] ** 2, -1.0))
    assert g == pytest.approx(np.full(len(g), 1.0 / 3.0), rel=0.05)
    x, y = thinned(np.arange(1000.0), np.ones(1000))
    assert (len(x), y) == (150, [1.0] * 150)
