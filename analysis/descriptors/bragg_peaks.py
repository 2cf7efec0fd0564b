"""Bragg peaks: single wave vectors that stand out of the structure factor."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration

#: Wave numbers looked at, in units of the inverse nearest-neighbour distance: from before the
#: first peak, beyond the form factor of the box and of vacuum, to where thermal motion blurs all.
K_MIN, K_MAX = 4.0, 15.0
#: Width of the rings of wave vectors of one length.
RING = 0.5
#: Grid points per nearest-neighbour distance: more than K_MAX / pi.
RESOLUTION = 6
#: Less scattering than this, as S(k), is none. That of a fluid at these wave numbers is above 0.1.
LEAST = 1e-3
#: A larger grid is not made: a gas in a huge box.
LARGEST_GRID = 16_000_000


def bragg_excess(configuration: Configuration, members: np.ndarray, length: float) -> float:
    """How far the strongest peak of S(k) is above what a fluid shows, in two dimensions.

    Without long-range order rho_k is a sum of many independent terms: |rho_k|² is distributed
    exponentially about S(k), and the largest of M ratios |rho_k|² / S(k) is ln M plus a number of
    the Gumbel distribution, above x with probability 1 - exp(-exp(-x)). S(k) is the mean over
    the ring of wave vectors of one length, so that nothing has to be known about it. In a crystal
    the ratio grows with the number of particles instead.

    Parameters
    ----------
    configuration : Configuration
        k are vectors of the reciprocal lattice of its cell or, with an open boundary, of the
        rectangle around the members.
    members : ndarray of bool, shape (N,)
        The particles that count.
    length : float
        Nearest-neighbour distance.

    Returns
    -------
    float
        Largest ratio less ln M; -inf where there is nothing to measure.
    """
    positions = configuration.positions[members, :2]
    if len(positions) == 0 or not 0 < length < np.inf:
        return -np.inf
    cell = configuration.cell[:2, :2]
    if not configuration.periodic:
        cell = np.diag(np.ptp(positions, axis=0) + length)
    fractional = positions @ np.linalg.inv(cell)
    fractional -= np.floor(fractional)
    shape = np.ceil(RESOLUTION * np.linalg.norm(cell, axis=1) / length)
    if shape.prod() > LARGEST_GRID:
        return -np.inf
    points = shape.astype(int)
    a, b = np.minimum((fractional * points).astype(int), points - 1).T
    density = np.bincount(a * points[1] + b, minlength=points.prod()).reshape(points)
    power = np.abs(np.fft.rfft2(density)) ** 2
    reciprocal = 2.0 * np.pi * np.linalg.inv(cell).T
    h = np.fft.fftfreq(points[0], 1.0 / points[0])[:, None]
    j = np.arange(power.shape[1])
    k = length * np.hypot(*(h * reciprocal[0, i] + j * reciprocal[1, i] for i in (0, 1)))
    within = (k > K_MIN) & (k < K_MAX)
    if not within.any():
        return -np.inf
    ring = ((k[within] - K_MIN) / RING).astype(int)
    power = power[within]
    mean = np.bincount(ring, power) / np.maximum(np.bincount(ring), 1)
    # Where a perfect crystal has none, not even diffuse, scattering there is rounding.
    ratio = power / np.maximum(mean[ring], LEAST * members.sum())
    return float(ratio.max() - np.log(len(ratio)))
