"""How particles swing and stray: the correlation of velocities, the density of states that is its
spectrum, and what both say in one number: diffusion, by Green and Kubo, and Einstein's frequency.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.properties.viscosity import correlation

FloatArray = NDArray[np.float64]

#: Parts of a trajectory, whose spread gives errors.
PARTS = 5
#: The correlation of velocities is integrated up to so many times that a particle at √kT takes to
#: its neighbour; a part has so many times that.
WINDOW, LEAST = 3.0, 5.0
#: The correlation a frame later, at least, in units of that of a moment.
FINE = 0.5
#: Part of the integral that may come from its second half.
LATE = 0.15
#: The spectrum above this part of the highest frequency of the frames may have this part of it.
HIGH, ALIASED = 0.8, 0.01
#: Points of a curve.
POINTS = 150


def diffusion_by_velocities(
    velocities: FloatArray, spacing: float, window: float
) -> tuple[float, float]:
    """D = ∫₀^∞ <v_x(0) v_x(t)> dt and its standard error.

    Parameters
    ----------
    velocities : ndarray, shape (frames, N, d)
        At equal times; the centre of mass is at rest.
    spacing : float
        Of these times.
    window : float
        End of the integral. The error has the scatter of parts, and, where that is more than noise,
        what the second half of the window adds.

    Raises
    ------
    ValueError
        Where frames are too few, too far apart, or velocities correlated for longer.
    """
    end = int(np.ceil(window / spacing))
    if len(velocities) < PARTS * LEAST * end:
        raise ValueError(
            f"{len(velocities)} frames; expected {int(PARTS * LEAST * end)}, {PARTS * LEAST:g}"
            f" times those in {window:.3g}, over which velocities are integrated"
        )
    curves = [_correlation(part)[: end + 1] for part in np.array_split(velocities, PARTS)]
    mean = np.mean(curves, axis=0)
    if mean[1] < FINE * mean[0]:
        raise ValueError(
            f"velocities of frames {spacing:.3g} apart are correlated by {mean[1] / mean[0]:.2g};"
            f" expected {FINE:g} at least: more frames"
        )
    sums = np.array([[np.trapezoid(c[: k + 1]) for k in (end, end // 2)] for c in curves]) * spacing
    whole, late = sums[:, 0], sums[:, 0] - sums[:, 1]
    error, noise = np.std([whole, late], axis=1, ddof=1) / np.sqrt(PARTS)
    tail = max(float(late.mean()) ** 2 - float(noise) ** 2, 0.0)
    if tail > (LATE * whole.mean()) ** 2:
        raise ValueError(
            f"velocities are correlated beyond {window:.3g}, as in a gas; expected a dense fluid"
        )
    return float(whole.mean()), float(np.sqrt(error**2 + tail))


def _correlation(velocities: FloatArray) -> FloatArray:
    return correlation(velocities.reshape(len(velocities), -1))


def density_of_states(velocities: FloatArray, spacing: float) -> tuple[FloatArray, FloatArray]:
    """Angular frequencies and their density g, ∫g dω = 1: the spectrum of the velocities, by
    Welch's method over parts of the trajectory."""
    from scipy.signal import welch

    series = velocities.reshape(len(velocities), -1)
    length = max(len(series) // PARTS, 8)
    frequencies, power = welch(series, 1.0 / spacing, nperseg=length, detrend=False, axis=0)
    omega, g = 2.0 * np.pi * frequencies, power.mean(axis=1)
    return omega, np.asarray(g / np.trapezoid(g, omega))


def einstein_frequency(velocities: FloatArray, spacing: float) -> tuple[float, float]:
    """(∫ω² g dω)^½ = (<∇²U>/(d m))^½, and its standard error by parts of the trajectory.

    Raises
    ------
    ValueError
        Where frames are few, or too far apart for the highest frequencies.
    """
    if len(velocities) < 16 * PARTS:
        raise ValueError(f"{len(velocities)} frames; expected {16 * PARTS} at least")
    omega, g = density_of_states(velocities, spacing)
    high = omega > HIGH * omega[-1]
    beyond = float(np.trapezoid(g[high], omega[high]))
    if beyond > ALIASED:
        raise ValueError(
            f"frames are {spacing:.3g} apart, and particles swing as fast: a part of {beyond:.2g}"
            f" of the density of states is above {HIGH:g} π/{spacing:.3g}; expected more frames"
        )
    found = []
    for part in (velocities, *np.array_split(velocities, PARTS)):
        omega, g = density_of_states(part, spacing)
        found.append(float(np.sqrt(np.trapezoid(omega**2 * g, omega))))
    return found[0], float(np.std(found[1:], ddof=1) / np.sqrt(PARTS))


def of_modes(stiffnesses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angular frequencies and their density, of the eigenvalues of the dynamical matrix: a
    histogram with as many modes in a bin as bins, on average; without those that are unstable."""
    omega = np.sqrt(stiffnesses[stiffnesses > 0.0])
    bins = int(np.clip(np.sqrt(len(omega)), 5, POINTS))
    g, edges = np.histogram(omega, bins, (0.0, float(omega.max()) * (1.0 + 1e-9)), density=True)
    return 0.5 * (edges[1:] + edges[:-1]), g


def thinned(x: FloatArray, y: FloatArray) -> tuple[list[float], list[float]]:
    """A curve by means over bins, with `POINTS` of them at most, for people."""
    parts = min(POINTS, len(x))
    pairs = zip(np.array_split(x, parts), np.array_split(y, parts), strict=True)
    means = [(float(a.mean()), float(b.mean())) for a, b in pairs]
    return [float(f"{a:.5g}") for a, _ in means], [float(f"{b:.5g}") for _, b in means]
