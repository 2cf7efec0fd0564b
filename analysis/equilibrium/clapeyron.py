"""A line of coexistence from its slopes: dP/dT = Δh/(T Δv) between two phases.

D. A. Kofke, J. Chem. Phys. 98, 4149 (1993). What is integrated keeps βΔμ as it is at the start.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def slope(
    enthalpies: tuple[FloatArray, FloatArray], volumes: tuple[FloatArray, FloatArray], kT: float
) -> tuple[float, float]:
    """dP/dT and its error, from enthalpy and volume per particle of two phases, each a mean with
    its error, at one temperature."""
    h, v = (one[0] - other[0] for one, other in (enthalpies, volumes))
    errors = [np.hypot(one[1], other[1]) for one, other in (enthalpies, volumes)]
    value = h / (kT * v)
    return float(value), float(np.hypot(errors[0] / (kT * v), value * errors[1] / v))


def predicted(kT: FloatArray, pressures: FloatArray, slopes: FloatArray) -> float:
    """The pressure at the next temperature, of which there is one more than of the others: along
    the last slope, and the one before it."""
    step, last = kT[len(slopes)] - kT[len(slopes) - 1], slopes[-1]
    ahead = last if len(slopes) == 1 else 1.5 * last - 0.5 * slopes[-2]
    return float(pressures[-1] + step * ahead)


def integrated(kT: FloatArray, start: float, slopes: FloatArray) -> FloatArray:
    """Pressures at temperatures by the trapezoidal rule, from that at the first one."""
    steps = 0.5 * (slopes[1:] + slopes[:-1]) * np.diff(kT[: len(slopes)])
    return np.concatenate([[start], start + np.cumsum(steps)])


def errors(
    kT: FloatArray, start_error: float, slope_errors: FloatArray, apart: FloatArray
) -> FloatArray:
    """Of the pressures of `integrated`: of the start and of all slopes up to each.

    What is off at one temperature is a difference of chemical potentials over kT, Δv δP/T, which
    the line keeps; `apart` is Δv, the volume of a particle of one phase less that of the other, at
    each temperature.
    """
    stiff = apart / kT
    found = [start_error]
    for last in range(1, len(kT)):
        weights = np.zeros(last + 1)
        weights[1:] += 0.5 * np.diff(kT[: last + 1])
        weights[:-1] += 0.5 * np.diff(kT[: last + 1])
        kept = stiff[: last + 1] / stiff[last]
        slopes = np.linalg.norm(kept * weights * slope_errors[: last + 1])
        found.append(float(np.hypot(kept[0] * start_error, slopes)))
    return np.array(found)


def drift(kT: FloatArray, start: float, slopes: FloatArray, simulated: FloatArray) -> float:
    """About how far the last pressure is off the line, by two things that add up: what steps twice
    as wide make of it, and slopes that were found at pressures a little off, which changes them by
    about 1/T of that."""
    last = len(kT) - 1 - (len(kT) - 1) % 2
    whole = integrated(kT, start, slopes)
    wide = integrated(kT[: last + 1 : 2], start, slopes[: last + 1 : 2])[-1]
    off = np.abs(simulated - whole) / kT
    beside = np.abs(integrated(kT, 0.0, off)[-1])
    return float(abs(wide - whole[last]) + beside)
