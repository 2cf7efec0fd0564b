"""The diffusion coefficient, from mean square displacements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Parts of a trajectory, whose spread gives the error, and frames of one at least.
PARTS, LEAST_FRAMES = 5, 8
#: Of a periodic cube: I.-C. Yeh and G. Hummer, J. Phys. Chem. B 108, 15873 (2004).
CUBE = 2.837297


def mean_square_displacement(positions: FloatArray) -> FloatArray:
    """By the lag in frames, from 0 to half of them, over all particles and beginnings.

    Parameters
    ----------
    positions : ndarray, shape (frames, N, d)
        Unwrapped. The centre of mass is taken to be at rest.
    """
    away = positions - positions.mean(axis=1, keepdims=True)
    lags = range(1, len(away) // 2 + 1)
    squares = [np.mean(np.sum((away[lag:] - away[:-lag]) ** 2, axis=-1)) for lag in lags]
    return np.array([0.0, *squares])


def diffusion(positions: FloatArray, spacing: float) -> tuple[float, float]:
    """D = <d²>/(2 d t) by the slope between a quarter and half of each part of a trajectory, and
    its standard error.

    Parameters
    ----------
    positions : ndarray, shape (frames, N, d)
        Unwrapped, at equal times.
    spacing : float
        Of these times.

    Raises
    ------
    ValueError
        Where there are too few frames.
    """
    frames, d = len(positions), positions.shape[-1]
    if frames < PARTS * LEAST_FRAMES:
        raise ValueError(f"{frames} frames; expected {PARTS * LEAST_FRAMES} at least")
    slopes = []
    for part in np.array_split(positions, PARTS):
        squares = mean_square_displacement(part)
        first = len(part) // 4
        times = spacing * np.arange(first, len(squares))
        slopes.append(np.polyfit(times, squares[first:], 1)[0] / (2.0 * d))
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / np.sqrt(PARTS))


def without_images(value: float, kT: float, viscosity: float, edge: float) -> float:
    """The diffusion coefficient of a liquid without periodic images, from that in a cube."""
    return value + CUBE * kT / (6.0 * np.pi * viscosity * edge)
