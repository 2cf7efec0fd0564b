"""The shear viscosity of a fluid, from the fluctuations of the pressure off the diagonal.

η = V/kT ∫₀^∞ <P_ab(0) P_ab(t)> dt (Green and Kubo), each component of the tensor counting alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: The integral ends at so many relaxation times ∫C dt / C(0), C the correlation: that of a dense
#: liquid has a slow tail.
WINDOW = 20.0
#: Parts of the series of each component, whose spread gives the error; each has so many times the
#: end of the integral.
PARTS, LEAST = 10, 5.0
#: Samples at least in a relaxation time, which the trapezoidal rule needs.
FINE = 3.0


def correlation(series: FloatArray) -> FloatArray:
    """<x(0) x(t)> by the lag in samples, over all beginnings and columns; the mean is zero.

    Parameters
    ----------
    series : ndarray, shape (n, columns)
    """
    n = len(series)
    power = np.abs(np.fft.rfft(series, 2 * n, axis=0)) ** 2
    sums = np.fft.irfft(power.sum(axis=1))[:n]
    return np.asarray(sums / (np.arange(n, 0, -1) * series.shape[1]))


def viscosity(shear: FloatArray, spacing: float, volume: float, kT: float) -> tuple[float, float]:
    """η and its standard error, in three dimensions: in two the integral does not converge.

    The error has the scatter of parts of the series and, where that is more than noise, what the
    second half of the window adds.

    Parameters
    ----------
    shear : ndarray, shape (n, components)
        P_xy, P_xz and P_yz at equal times.
    spacing : float
        Of these times.
    volume, kT : float

    Raises
    ------
    ValueError
        Where samples are too far apart, or too few.
    """
    whole = correlation(shear)
    running = spacing * _integral(whole)
    ends = np.flatnonzero(spacing * np.arange(len(whole)) >= WINDOW * running / whole[0])
    end = int(ends[ends > 0][0]) if (ends > 0).any() else len(whole)
    time = running[min(end, len(running) - 1)] / whole[0]
    if time < FINE * spacing:
        raise ValueError(
            f"the stress relaxes in {time:.3g}, between samples {spacing:.3g} apart; expected"
            f" {FINE:g} samples meanwhile: a smaller log_period"
        )
    if len(shear) < PARTS * LEAST * end:
        raise ValueError(
            f"{len(shear)} samples; expected {int(PARTS * LEAST * end)}, {PARTS * LEAST:g} times"
            " those over which the stress is integrated: a longer production"
        )
    every = [part[:, None] for split in np.array_split(shear, PARTS) for part in split.T]
    parts = spacing * np.array([_integral(correlation(part))[[end, end // 2]] for part in every])
    error, noise = np.std([parts[:, 0], -np.diff(parts)[:, 0]], axis=1, ddof=1) / len(parts) ** 0.5
    # what a slow tail has beyond the window is less than in its second half
    tail = max((running[end] - running[end // 2]) ** 2 - noise**2, 0.0)
    unit = volume / kT
    return float(unit * running[end]), float(unit * np.sqrt(error**2 + tail))


def _integral(values: FloatArray) -> FloatArray:
    """From the first value to each by the trapezoidal rule, in units of their distance."""
    sums = np.cumsum(values)
    return np.asarray(sums - 0.5 * (values + values[0]))
