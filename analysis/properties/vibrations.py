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
FINE = 0.8
#: Part of the integral that may come from its second half.
LATE = 0.15
#: -<v(0) v(t)>'' at 0 by differences over 1, 2, 3 … frames, to the sixth and the eighth order
#: (B. Fornberg, Math. Comp. 51, 699 (1988)), which may differ by this part.
ORDERS = (
    (3.0 / 2.0, -3.0 / 20.0, 1.0 / 90.0, 0.0),
    (8.0 / 5.0, -1.0 / 5.0, 8.0 / 315.0, -1.0 / 560.0),
)
ORDER = 0.01
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
    # of both signs of a frequency, but that 0 and the highest one have one
    g[0] *= 2.0
    if length % 2 == 0:
        g[-1] *= 2.0
    return omega, np.asarray(g / np.trapezoid(g, omega))


def einstein_frequency(velocities: FloatArray, spacing: float) -> tuple[float, float]:
    """(<dv/dt²>/<v²>)^½ = (<∇²U>/(d m))^½, and its standard error: by parts of the trajectory, and
    what the last order in the spacing adds.

    By differences of velocities, as <(v(t) - v(0))²>/<v²> = ω² t² - …; a spectrum would have the
    width of its window in it.

    Raises
    ------
    ValueError
        Where frames are few, or too far apart for the highest frequencies.
    """
    if len(velocities) < 16 * PARTS:
        raise ValueError(f"{len(velocities)} frames; expected {16 * PARTS} at least")
    lower, squared = _curvature(velocities)
    if not abs(squared - lower) < ORDER * squared:
        raise ValueError(
            f"frames are {spacing:.3g} apart, and particles swing as fast: the square of Einstein's"
            f" frequency is {lower / spacing**2:.3g} to sixth and {squared / spacing**2:.3g} to"
            f" eighth order; expected the same to {ORDER:g}: more frames"
        )
    value = float(np.sqrt(squared))
    parts = [np.sqrt(_curvature(part)[1]) for part in np.array_split(velocities, PARTS)]
    error = np.hypot(np.std(parts, ddof=1) / np.sqrt(PARTS), value - np.sqrt(lower))
    return value / spacing, float(error) / spacing


def _curvature(velocities: FloatArray) -> FloatArray:
    """-<v(0) v(t)>''/<v²> at t = 0, in frames, to the two `ORDERS`."""
    falls = []
    for lag in range(1, len(ORDERS[0]) + 1):
        early, late = velocities[:-lag], velocities[lag:]
        falls.append(np.mean((late - early) ** 2) / np.mean(0.5 * (late**2 + early**2)))
    return np.asarray(ORDERS @ np.array(falls))


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
