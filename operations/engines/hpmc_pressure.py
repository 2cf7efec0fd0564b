"""The pressure of hard and patchy particles at constant volume.

From how many particles a small compression or expansion would bring to an overlap, or across the
edge of an attraction: HOOMD-blue's scale distribution functions s(x), whose limits at x = 0 give
βP = ρ (1 + (s_compression(0) - s_expansion(0)) / 2d). R. Eppenga and D. Frenkel, Mol. Phys. 52,
1303 (1984); E. de Miguel and G. Jackson, Mol. Phys. 104, 3717 (2006); J. A. Anderson et al.,
Comput. Phys. Commun. 204, 21 (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: Bins of a scale distribution function, and degree of the polynomial that extrapolates it.
BINS, DEGREE = 50, 3

#: So many particles should meet another one within the range of the function: fewer is noise, more
#: is no polynomial (there s falls like exp(-s(0) x)).
MEET = 0.5
SMALLEST, LARGEST = 0.002, 0.1


class Pressure:
    """Pressure of a simulation.

    Parameters
    ----------
    simulation : hoomd.Simulation
    dimensions : 2 or 3
    packing_fraction : float
    """

    def __init__(self, simulation: Any, dimensions: int, packing_fraction: float) -> None:
        import hoomd

        reach = sdf_range(dimensions, packing_fraction)
        # HOOMD counts bins by division.
        self._sdf = hoomd.hpmc.compute.SDF(xmax=reach * (1 + 1e-9), dx=reach / BINS)
        simulation.operations.computes.append(self._sdf)
        self._simulation, self._dimensions = simulation, dimensions
        self._weights: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        sdf, state = self._sdf, self._simulation.state
        if self._weights is None:
            self._weights = _at_zero(sdf.x_compression), _at_zero(sdf.x_expansion)
        compression, expansion = self._weights
        limit = compression @ sdf.sdf_compression - expansion @ sdf.sdf_expansion
        density = state.N_particles / state.box.volume
        return float(density * (1.0 + limit / (2 * self._dimensions)))


def sdf_range(dimensions: int, packing_fraction: float) -> float:
    """Relative compression at which about `MEET` of the particles have met another one.

    By the pressure of hard spheres (N. F. Carnahan and K. E. Starling, J. Chem. Phys. 51, 635
    (1969)) or disks (scaled particle theory) of the same packing fraction.
    """
    eta = min(packing_fraction, 0.6 if dimensions == 3 else 0.8)
    spheres = (1 + eta + eta**2 - eta**3) / (1 - eta) ** 3
    disks = 1 / (1 - eta) ** 2
    rate = 2 * dimensions * ((spheres if dimensions == 3 else disks) - 1)
    return float(np.clip(MEET / max(rate, 1e-9), SMALLEST, LARGEST))


def _at_zero(x: np.ndarray) -> np.ndarray:
    """Weights whose sum with values at `x` is the value at 0 of their fitted polynomial."""
    scaled = np.asarray(x) / np.abs(x).max()
    return np.asarray(np.linalg.pinv(np.vander(scaled, DEGREE + 1))[-1])
