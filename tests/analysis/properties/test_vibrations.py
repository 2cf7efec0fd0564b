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
        diffusion_by_velocities(v[::6], 0.3, 5.0)  # e^-0.3 = 0.74
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
    kept = (v[:1000] ** 2).mean(axis=(0, 2))  # the energies that these oscillators have
    value, error = einstein_frequency(v[:1000], 0.05)
    assert value == pytest.approx(np.sqrt(np.average(omega**2, weights=kept)), rel=0.003)
    assert 0.0 < error < 0.01 * value


@pytest.mark.parametrize(
    ("omega", "frames", "spacing"),
    [
        (16.0, 80, 0.02),
        (16.0, 80, 0.05),
        (16.0, 400, 0.01),
        (16.0, 400, 0.02),
        (16.0, 80, 0.01),
        (16.0, 100, 0.005),
        (5.0, 80, 0.05),
        (5.0, 400, 0.05),
    ],
)
def test_a_short_run_has_no_window_in_its_frequency(omega, frames, spacing) -> None:
    v = swinging(np.random.default_rng(4), np.full(768, omega), frames, spacing)
    value, error = einstein_frequency(v.reshape(frames, 256, 3), spacing)
    assert abs(value - omega) < 4.0 * error + 0.002 * omega
    assert error < 0.03 * omega


def test_the_last_order_in_the_spacing_is_in_the_error() -> None:
    v = swinging(np.random.default_rng(5), np.full(768, 16.0), 2000, 0.08)
    value, error = einstein_frequency(v, 0.08)
    assert abs(value - 16.0) < error < 0.1


def test_velocities_without_a_frequency_are_refused() -> None:
    """Random forces have none: <v(0) v(t)> falls at once."""
    v = viscous(np.random.default_rng(6), 2000, 100, 0.05)
    with pytest.raises(ValueError, match="expected the same"):
        einstein_frequency(v, 0.05)


def test_the_spectrum_at_no_frequency_is_that_of_diffusion() -> None:
    """Of exp(-t): g = (2/π)/(1 + ω²); of no correlation it is flat up to both its ends."""
    omega, g = density_of_states(viscous(np.random.default_rng(7), 5000, 100, 0.05), 0.05)
    assert g[:8] == pytest.approx(2.0 / np.pi / (1.0 + omega[:8] ** 2), rel=0.06)
    for frames in (1000, 1005):  # parts of an even and of an odd number
        v = np.random.default_rng(8).standard_normal((frames, 500, 3))
        _, g = density_of_states(v, 1.0)
        assert g == pytest.approx(np.full(len(g), 1.0 / np.pi), rel=0.15)


def test_frames_too_far_apart_for_the_oscillators_are_refused() -> None:
    random = np.random.default_rng(3)
    v = swinging(random, np.full(50, 10.0), 2000, 0.3)
    with pytest.raises(ValueError, match="more frames"):
        einstein_frequency(v, 0.3)


def test_modes_have_a_density_without_the_unstable_ones() -> None:
    _, g = of_modes(np.append(np.linspace(0.0, 3.0, 4001)[1:] ** 2, -1.0))
    assert g == pytest.approx(np.full(len(g), 1.0 / 3.0), rel=0.05)
    x, y = thinned(np.arange(1000.0), np.ones(1000))
    assert (len(x), y) == (150, [1.0] * 150)
