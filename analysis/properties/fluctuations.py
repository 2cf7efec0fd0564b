"""What fluctuates tells how it responds: heat capacity and compressibility from time series."""

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
