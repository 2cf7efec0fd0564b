"""What fluctuates tells how it responds: heat capacities, compressibility, thermal expansion; from
time series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.statistics import jackknife

FloatArray = NDArray[np.float64]


def heat_capacity(energies: FloatArray, kT: float, freedom: float) -> tuple[float, float]:
    """Per particle, in k, at constant volume, and its standard error.

    Parameters
    ----------
    energies : ndarray, shape (n,)
        Potential energy of all particles over √N, at constant volume and kT.
    freedom : float
        Momenta of a particle, of rotations too; a half of each is added.
    """
    value, error = jackknife([energies], lambda series: np.var(series[0]) / kT**2)
    return float(value) + 0.5 * freedom, float(error)


def compressibility(volumes: FloatArray, kT: float) -> tuple[float, float]:
    """Isothermal, -∂ln V/∂P, and its standard error; `volumes` at constant pressure and kT."""
    value, error = jackknife(
        [volumes], lambda series: np.var(series[0]) / (np.mean(series[0]) * kT)
    )
    return float(value), float(error)


def thermal_response(
    volumes: FloatArray, energies: FloatArray, pressure: float, kT: float, n: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Thermal expansion ∂ln V/∂(kT) at constant pressure, and the part of the heat capacity at
    constant pressure, per particle and in k, that is not of momenta; each with its standard error.

    cov(V, U + PV)/(kT² V) and var(U + PV)/(N kT²).

    Parameters
    ----------
    volumes, energies : ndarray, shape (n,)
        Volume and potential energy of all particles, at constant pressure and kT.
    pressure, kT : float
    n : int
        Particles.
    """

    def estimate(series: list[FloatArray]) -> FloatArray:
        volume, energy = series[0].T
        both = np.cov(volume, energy + pressure * volume, bias=True)
        return np.array([both[0, 1] / volume.mean(), both[1, 1] / n]) / kT**2

    values, errors = jackknife([np.column_stack([volumes, energies])], estimate)
    (expansion, capacity), (first, second) = values.tolist(), errors.tolist()
    return (expansion, first), (capacity, second)
