"""The diffusion coefficient, from mean square displacements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Parts of a trajectory, whose spread gives the error, and frames of one at least.
PARTS, LEAST_FRAMES = 5, 8
#: Logarithmic slope of d² against time where particles diffuse, and how far from it.
DIFFUSIVE, NEAR = 1.0, 0.25


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


def diffusion(positions: FloatArray, spacing: float, apart: float) -> tuple[float, float]:
    """D = <d²>/(2 d t) by the slope between a quarter and half of each part of a trajectory, and
    its standard error.

    Parameters
    ----------
    positions : ndarray, shape (frames, N, d)
        Unwrapped, at equal times.
    spacing : float
        Of these times.
    apart : float
        Distance of neighbours.

    Raises
    ------
    ValueError
        Where there are too few frames; where particles, at half of a part, have not gone as far as
        their neighbours, or do not diffuse yet (ballistic, in cages).
    """
    frames, d = len(positions), positions.shape[-1]
    if frames < PARTS * LEAST_FRAMES:
        raise ValueError(f"{frames} frames; expected {PARTS * LEAST_FRAMES} at least")
    slopes, curves = [], []
    for part in np.array_split(positions, PARTS):
        squares = mean_square_displacement(part)
        curves.append(squares[: frames // PARTS // 2 + 1])
        first = len(part) // 4
        times = spacing * np.arange(first, len(squares))
        slopes.append(np.polyfit(times, squares[first:], 1)[0] / (2.0 * d))
    mean = np.mean(curves, axis=0)
    first = frames // PARTS // 4
    if not mean[-1] > apart**2:
        raise ValueError(
            f"mean square displacement {mean[-1]:.3g} in a tenth of the production; expected more"
            f" than {apart**2:.3g}, that to a neighbour: a longer production, or no fluid"
        )
    lags = np.arange(first, len(mean))
    power = float(np.polyfit(np.log(lags), np.log(mean[first:]), 1)[0])
    if abs(power - DIFFUSIVE) > NEAR:
        raise ValueError(
            f"mean square displacement grows as time to the power of {power:.2f}; expected 1 ±"
            f" {NEAR:g}: a longer production"
        )
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / np.sqrt(PARTS))
