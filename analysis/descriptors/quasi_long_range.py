"""How bond-orientational and positional order of the plane decay with distance.

In a hexagonal crystal of the plane directions of bonds agree at any distance, positions within
r^-η with η up to 1/3; in a hexatic directions agree within r^-η6, η6 up to 1/4, and positions
exponentially; in a liquid both decay exponentially (D. R. Nelson, B. I. Halperin, Phys. Rev. B 19,
2457 (1979)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.bragg_peaks import LARGEST_GRID, RESOLUTION

#: The two rings between which a decay is measured, in units of the smaller width of the box.
NEAR, FAR = (0.12, 0.2), (0.34, 0.48)

#: Width of the weight under which Bragg peaks are looked for, in the same units.
WINDOW = 0.125

#: Part of their wave number within which Bragg peaks are looked for.
AROUND = 0.15


@dataclass(frozen=True)
class QuasiLongRange:
    """Exponents of the decay from the one ring to the other; infinite of what is gone there.

    Attributes
    ----------
    bonds : float
        η6, of the correlation of psi_6.
    positions : float
        η, of the correlation of exp(i k·r) of the first Bragg peaks.
    """

    bonds: float
    positions: float


def lattice_constants_across(configuration: Configuration) -> float:
    """Smaller width of a box of the plane over the distance of neighbours of a hexagonal crystal
    of as many particles."""
    spacing = np.sqrt(2.0 / np.sqrt(3.0) * configuration.volume / configuration.n_particles)
    return float(configuration.widths.min() / spacing)


def quasi_long_range(configuration: Configuration, psi: np.ndarray) -> QuasiLongRange | None:
    """How the order of a hexagonal crystal decays in a periodic plane.

    Parameters
    ----------
    configuration : Configuration
    psi : ndarray of complex, shape (N,)
        psi_6 of each particle.

    Returns
    -------
    QuasiLongRange or None
        None where the box is too large for the grid, or so small that a ring has no pairs.

    Notes
    -----
    Correlations are of all pairs of one configuration, by Fourier transforms of a grid. Wave
    vectors are those of three maxima of the structure factor, between the vectors of the reciprocal
    lattice, too. Distances count as r exp(-π r² / 2A), A the area: harmonic fluctuations, which
    give ln r in the plane, give its logarithm in a periodic box of any shape, averaged over
    directions: what else they give there is harmonic, and averages to nothing.
    """
    cell, n = configuration.cell[:2, :2], configuration.n_particles
    area = configuration.volume
    width = float(configuration.widths.min())
    spacing = width / lattice_constants_across(configuration)
    points = np.ceil(RESOLUTION * np.linalg.norm(cell, axis=1) / spacing).astype(int)
    if points.prod() > LARGEST_GRID:
        return None
    fractional = configuration.positions[:, :2] @ np.linalg.inv(cell)
    a, b = np.minimum(((fractional % 1.0) * points).astype(int), points - 1).T
    site = a * points[1] + b

    def correlated(values: np.ndarray) -> np.ndarray:
        """Sum over pairs at every displacement of the grid, of what the particles carry, the first
        conjugated."""
        field = np.bincount(site, values.real, points.prod()).astype(complex)
        field += 1j * np.bincount(site, values.imag, points.prod())
        return np.asarray(np.fft.ifft2(np.abs(np.fft.fft2(field.reshape(points))) ** 2))

    pairs = correlated(np.ones(n, dtype=complex)).real
    bonds = correlated(psi).real
    u, v = (np.fft.fftfreq(m) for m in points)
    x, y = (u[:, None] * cell[0, i] + v * cell[1, i] for i in (0, 1))
    r = np.hypot(x, y)
    rings = [(r >= low * width) & (r < high * width) for low, high in (NEAR, FAR)]
    if min(pairs[ring].sum() for ring in rings) < 0.5:
        return None
    peaks = _peaks(cell, pairs, r, width, spacing)
    # From the points of the grid: where these are a lattice, rounding to them is no noise.
    off = (fractional % 1.0 - np.column_stack([a, b]) / points) @ cell
    waves = [correlated(np.exp(1j * off @ k)) * np.exp(1j * (k[0] * x + k[1] * y)) for k in peaks]
    positions = np.mean(waves, axis=0).real
    lengths = [
        float(np.mean(np.log(r[ring]) - 0.5 * np.pi * r[ring] ** 2 / area)) for ring in rings
    ]

    def exponent(sums: np.ndarray) -> float:
        near, far = (sums[ring].sum() / pairs[ring].sum() for ring in rings)
        return np.log(near / far) / (lengths[1] - lengths[0]) if min(near, far) > 0 else np.inf

    return QuasiLongRange(float(exponent(bonds)), float(exponent(positions)))


def _peaks(
    cell: np.ndarray, pairs: np.ndarray, r: np.ndarray, width: float, spacing: float
) -> np.ndarray:
    """Wave vectors of three first Bragg peaks, 60 degrees apart, shape (3, 2)."""
    weight = np.exp(-0.5 * (r / (WINDOW * width)) ** 2)
    power = np.fft.fft2((pairs - pairs.mean()) * weight).real
    reciprocal = 2.0 * np.pi * np.linalg.inv(cell).T
    h, j = (np.fft.fftfreq(m, 1.0 / m) for m in power.shape)
    kx, ky = (h[:, None] * reciprocal[0, i] + j * reciprocal[1, i] for i in (0, 1))
    first = 4.0 * np.pi / np.sqrt(3.0) / spacing

    def peak(within: np.ndarray) -> np.ndarray:
        top = np.unravel_index(np.argmax(np.where(within, power, -np.inf)), power.shape)
        shift = np.zeros(2)  # to the top of a parabola through it and its neighbours
        for axis in (0, 1):
            low, middle, high = (
                power[tuple((np.array(top) + step * np.eye(2, dtype=int)[axis]) % power.shape)]
                for step in (-1, 0, 1)
            )
            shift[axis] = 0.5 * (low - high) / (low - 2.0 * middle + high)
        return np.array([kx[top], ky[top]]) + shift @ reciprocal

    one = peak(np.abs(np.hypot(kx, ky) - first) < AROUND * first)
    peaks = [one]
    for turn in (np.pi / 3.0, -np.pi / 3.0):
        c, s = np.cos(turn), np.sin(turn)
        x, y = c * one[0] - s * one[1], s * one[0] + c * one[1]
        peaks.append(peak(np.hypot(kx - x, ky - y) < AROUND * first))
    return np.array(peaks)
